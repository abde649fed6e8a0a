/// Lines on their way to one output: all of a batch, or the part of it that a bisection has left.
struct Unit {
    var batch: Batch
    var lines: Range<Int>
}

/// One tenant's way to one output: a queue, at most one request in flight, and its own retry state.
///
/// A state machine without I/O or clock: events in, effects out. Nothing in it touches another tenant.
struct TenantQueue {
    enum Phase: Equatable {
        /// Nothing to send.
        case idle
        /// The first unit may be sent.
        case ready
        /// The first unit is being sent.
        case inFlight
        /// The first unit waits for another try.
        case waiting(untilNanos: Int64)
    }

    enum Effect: Equatable {
        case none
        /// These lines were acknowledged.
        case acknowledged(batch: UInt64, lines: Range<Int>)
        /// The single line of the first unit is to be written to the dead-letter file; `deadLettered` answers.
        case writeDeadLetter(status: Int, reason: String)
        /// The first unit was cut in half.
        case split
        /// Another try comes later; `attempt` failures in a row so far.
        case waits(reason: Verdict.RetryReason, attempt: Int)
    }

    private(set) var phase = Phase.idle
    private(set) var attempt = 0
    /// Waiting units; the first `head` of them are gone and nil, so that they keep no batch in memory.
    private var units: [Unit?] = []
    private var head = 0

    var first: Unit? { head < units.count ? units[head] : nil }
    var unitCount: Int { units.count - head }
    /// Whether the last request failed.
    var isFailing: Bool { attempt > 0 }

    /// Returns whether the queue became ready by it.
    mutating func enqueue(_ unit: Unit) -> Bool {
        units.append(unit)
        guard phase == .idle else { return false }
        phase = .ready
        return true
    }

    /// The batches of which nothing was sent, leaving aside the first unit.
    var unsentBatches: Set<UInt64> {
        Set(
            units[min(head + 1, units.count)...].lazy.compactMap(\.self).filter { $0.lines.count == $0.batch.lineCount }
                .map(\.batch.id))
    }

    /// Takes batches out that are among `unsentBatches`.
    mutating func remove(_ batches: Set<UInt64>) {
        guard head + 1 < units.count else { return }
        units =
            Array(units[head...head])
            + units[(head + 1)...].filter { unit in
                unit.map { !batches.contains($0.batch.id) } ?? false
            }
        head = 0
    }

    /// The shell sends the first unit now.
    mutating func start() -> Unit? {
        guard phase == .ready, let unit = first else { return nil }
        phase = .inFlight
        return unit
    }

    /// The request ended.
    mutating func finish(
        _ verdict: Verdict, nowNanos: Int64, policy: RetryPolicy, random: inout some RandomNumberGenerator
    ) -> Effect {
        guard phase == .inFlight, let unit = first else { return .none }
        switch verdict {
        case .delivered:
            dropFirst()
            return .acknowledged(batch: unit.batch.id, lines: unit.lines)
        case .retry(let reason, let after):
            return wait(reason, after, nowNanos, policy, &random)
        case .rejected(let status, let reason):
            guard unit.lines.count > 1 else { return .writeDeadLetter(status: status, reason: reason) }
            split(unit)
            return .split
        }
    }

    /// The dead letter stands on the disk, so the line is settled.
    mutating func deadLettered() {
        guard phase == .inFlight else { return }
        dropFirst()
    }

    /// The time has come; returns whether the queue became ready by it.
    mutating func tick(nowNanos: Int64) -> Bool {
        guard case .waiting(let until) = phase, nowNanos >= until else { return false }
        phase = .ready
        return true
    }

    /// Waits as after a failed request. Also for a dead letter that cannot be written, or a body that cannot be made.
    mutating func wait(
        _ reason: Verdict.RetryReason, _ afterNanos: Int64?, _ nowNanos: Int64, _ policy: RetryPolicy,
        _ random: inout some RandomNumberGenerator
    ) -> Effect {
        attempt += 1
        let delay = policy.delayNanos(attempt: attempt, retryAfterNanos: afterNanos, random: &random)
        phase = .waiting(untilNanos: nowNanos + delay)
        return .waits(reason: reason, attempt: attempt)
    }

    private mutating func dropFirst() {
        attempt = 0
        units[head] = nil
        head += 1
        if head == units.count {
            units.removeAll(keepingCapacity: units.capacity <= 64)
            head = 0
        } else if head > 64, head * 2 > units.count {
            units.removeFirst(head)
            head = 0
        }
        phase = first == nil ? .idle : .ready
    }

    private mutating func split(_ unit: Unit) {
        let middle = unit.lines.lowerBound + unit.lines.count / 2
        units[head] = Unit(batch: unit.batch, lines: unit.lines.lowerBound..<middle)
        units.insert(Unit(batch: unit.batch, lines: middle..<unit.lines.upperBound), at: head + 1)
        phase = .ready
    }
}
