/// One tenant's way to the output: a queue, at most one request in flight, and its own retry state.
///
/// A state machine without I/O or clock: events in, effects out. Nothing in it touches another tenant.
struct TenantQueue {
    enum Phase: Equatable {
        /// Nothing to send.
        case idle
        /// The first unit may be sent.
        case ready
        /// The first unit is being sent, or its dead letters are being written.
        case inFlight
        /// The first unit waits for another try.
        case waiting(untilNanos: Int64)
    }

    /// One line that is to be written to the dead-letter file.
    struct DeadLine: Equatable {
        var line: Int
        var status: Int
        var reason: String
    }

    /// What follows from an event. Several things may follow from one answer, in the order of the fields.
    struct Effect: Equatable {
        /// These lines are done.
        var settlement: Settlement?
        /// These lines are to be written to the dead-letter file; `buried` answers.
        var deadLines: [DeadLine] = []
        /// The first unit was cut in half.
        var isSplit = false
        /// Another try comes later.
        var waits: Verdict.RetryReason?

        static let none = Effect()
    }

    private(set) var phase = Phase.idle
    /// Failures in a row.
    private(set) var attempt = 0
    /// Waiting units; the first `head` of them are gone and nil, so that they keep no batch in memory.
    private var units: [Unit?] = []
    private var head = 0
    /// The lines of the first unit that are being buried.
    private var dying = LineRanges()

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
        Set(units[min(head + 1, units.count)...].lazy.compactMap(\.self).filter(\.isWhole).map(\.batch.id))
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
        guard phase == .inFlight, let unit = first, dying.isEmpty else { return .none }
        switch verdict {
        case .delivered:
            dropFirst()
            return Effect(settlement: Settlement(unit, .acknowledged))
        case .partial(let rejected, let reason):
            dropFirst()
            let count = min(max(0, rejected), unit.lineCount)
            return Effect(settlement: Settlement(unit, .partlyAcknowledged(dropped: count, reason: reason)))
        case .retry(let reason, let after):
            return wait(reason, after, nowNanos, policy, &random)
        case .rejected(let status, let reason):
            guard unit.lineCount == 1, let line = unit.lines.first else {
                split(unit)
                return Effect(isSplit: true)
            }
            dying = unit.lines
            return Effect(deadLines: [DeadLine(line: line, status: status, reason: reason)])
        case .lines(let fates):
            guard fates.count == unit.lineCount else { return wait(.broken, nil, nowNanos, policy, &random) }
            return finish(unit, fates, nowNanos, policy, &random)
        }
    }

    /// An answer for each line: what is delivered leaves the unit, what is refused is buried, the rest comes again.
    private mutating func finish(
        _ unit: Unit, _ fates: [Verdict.LineFate], _ nowNanos: Int64, _ policy: RetryPolicy,
        _ random: inout some RandomNumberGenerator
    ) -> Effect {
        var delivered = LineRanges()
        var effect = Effect()
        var position = 0
        unit.lines.forEach { line in
            switch fates[position] {
            case .delivered: delivered.append(line)
            case .retry: break
            case .rejected(let status, let reason):
                dying.append(line)
                effect.deadLines.append(DeadLine(line: line, status: status, reason: reason))
            }
            position += 1
        }
        if !delivered.isEmpty {
            effect.settlement = Settlement(batch: unit.batch.id, lines: delivered, fate: .acknowledged)
            attempt = 0
        }
        keepOfFirst(unit.lines.subtracting(delivered))
        if effect.deadLines.isEmpty, phase == .inFlight {
            effect.waits = wait(.throttled, nil, nowNanos, policy, &random).waits
        }
        return effect
    }

    /// The dead letters of the first unit are written, or could not be. What is left of it comes again.
    mutating func buried(
        isWritten: Bool, nowNanos: Int64, policy: RetryPolicy, random: inout some RandomNumberGenerator
    ) -> Effect {
        guard phase == .inFlight, let unit = first, !dying.isEmpty else { return .none }
        let dead = dying
        dying = LineRanges()
        guard isWritten else { return wait(.deadLetterFile, nil, nowNanos, policy, &random) }
        var effect = Effect(settlement: Settlement(batch: unit.batch.id, lines: dead, fate: .deadLettered))
        keepOfFirst(unit.lines.subtracting(dead))
        if phase == .inFlight { effect.waits = wait(.throttled, nil, nowNanos, policy, &random).waits }
        return effect
    }

    /// The time has come; returns whether the queue became ready by it.
    mutating func tick(nowNanos: Int64) -> Bool {
        guard case .waiting(let until) = phase, nowNanos >= until else { return false }
        phase = .ready
        return true
    }

    private mutating func wait(
        _ reason: Verdict.RetryReason, _ afterNanos: Int64?, _ nowNanos: Int64, _ policy: RetryPolicy,
        _ random: inout some RandomNumberGenerator
    ) -> Effect {
        attempt += 1
        let delay = policy.delayNanos(attempt: attempt, retryAfterNanos: afterNanos, random: &random)
        phase = .waiting(untilNanos: nowNanos + delay)
        return Effect(waits: reason)
    }

    private mutating func keepOfFirst(_ lines: LineRanges) {
        if lines.isEmpty { dropFirst() } else { units[head]?.lines = lines }
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
        let (left, right) = unit.lines.halves()
        units[head] = Unit(batch: unit.batch, lines: left)
        units.insert(Unit(batch: unit.batch, lines: right), at: head + 1)
        phase = .ready
    }
}
