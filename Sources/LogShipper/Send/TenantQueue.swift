/// One tenant's way to the output: its units in order, how many may be under way, and its own retry state.
///
/// A state machine without I/O or clock: events in, effects out. Nothing in it touches another tenant. With `maxInFlight`
/// 1 the destination gets a tenant's lines in order; with more, later ones may overtake earlier ones.
struct TenantQueue {
    enum Phase: Equatable {
        /// Nothing to send and nothing under way.
        case idle
        /// The first unit may be sent.
        case ready
        /// As much is under way as may be, or everything that there is.
        case busy
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
        /// The unit was cut in half.
        var isSplit = false
        /// Another try comes later.
        var waits: Verdict.RetryReason?

        static let none = Effect()
    }

    /// What decides when the next try comes.
    struct Moment {
        var nowNanos: Int64
        var policy: RetryPolicy
        /// The destination as a whole is down, and its circuit breaker decides about the next try.
        var isHeld = false
    }

    /// What becomes of the lines of a unit that are not buried.
    private enum Rest {
        /// The destination asked for another try.
        case waits
        /// One line was named. The lines before it are good, so they go alone, and are sent at most once more than needed
        /// however many bad ones follow.
        case goesOn
    }

    private let maxInFlight: Int
    /// Its share at the scheduler.
    let weight: Int
    private(set) var phase = Phase.idle
    private(set) var inFlightCount = 0
    /// Failures in a row.
    private(set) var attempt = 0
    /// Whether the wait is only a guess, and ends when the destination turns out to work.
    private var isWaitMovable = false
    /// Waiting units; the first `head` of them are gone and nil, so that they keep no batch in memory.
    private var units: [Unit?] = []
    private var head = 0
    /// Units of which lines are being buried.
    private var dying: [(unit: Unit, lines: LineRanges, rest: Rest)] = []
    private var bisection = Bisection()
    private var nextTurn: UInt64 = 1
    /// The turn of the last unit of which something was sent.
    private var newestSent: UInt64 = 0

    init(maxInFlight: Int = 1, weight: Int = 1) {
        self.maxInFlight = max(1, maxInFlight)
        self.weight = weight
    }

    var first: Unit? { head < units.count ? units[head] : nil }
    /// Units waiting or under way.
    var unitCount: Int { units.count - head + inFlightCount }
    /// Whether the last request failed.
    var isFailing: Bool { attempt > 0 }

    /// Returns whether the queue became ready by it.
    mutating func enqueue(_ unit: Unit) -> Bool {
        var unit = unit
        unit.turn = nextTurn
        nextTurn += 1
        units.append(unit)
        guard phase == .idle || phase == .busy else { return false }
        proceed()
        return phase == .ready
    }

    /// The batches of which nothing was sent, leaving aside the first of all.
    var unsentBatches: Set<UInt64> {
        let start = inFlightCount > 0 ? head : head + 1
        return Set(units[min(start, units.count)...].lazy.compactMap(\.self).filter(isUnsent).map(\.batch.id))
    }

    private func isUnsent(_ unit: Unit) -> Bool {
        unit.isWhole && unit.turn > newestSent
    }

    /// Takes batches out that are among `unsentBatches`.
    mutating func remove(_ batches: Set<UInt64>) {
        units = units[head...].filter { unit in unit.map { !batches.contains($0.batch.id) } ?? false }
        head = 0
        if phase == .ready { proceed() }
    }

    /// The shell sends the first unit now, or as much of it as fits.
    mutating func start(maxBytes: Int = .max) -> Unit? {
        guard phase == .ready, first != nil else { return nil }
        while let unit = first, unit.lineCount > 1, unit.byteCount > maxBytes { cutFirst() }
        guard let unit = first else { return nil }
        dropFirst()
        inFlightCount += 1
        newestSent = max(newestSent, unit.turn)
        proceed()
        return unit
    }

    /// A request ended.
    mutating func finish(
        _ verdict: Verdict, of unit: Unit, at moment: Moment, random: inout some RandomNumberGenerator
    ) -> Effect {
        guard inFlightCount > 0 else { return .none }
        switch verdict {
        case .delivered:
            return deliver(unit, .acknowledged)
        case .partial(let rejected, _):
            return deliver(unit, .partlyAcknowledged(dropped: min(max(0, rejected), unit.lineCount)))
        case .retry(let reason, let after):
            return wait(unit, reason, after, moment, &random)
        case .rejected(let status, let reason):
            return refuse(unit, status, reason)
        case .badLine(let index, let status, let reason):
            return refuse(unit, lineAt: index, status, reason, moment, &random)
        case .lines(let fates):
            guard fates.count == unit.lineCount else { return wait(unit, .broken, nil, moment, &random) }
            return finish(unit, fates, moment, &random)
        }
    }

    /// The dead letters of a batch's unit are written, or could not be. What is left of it comes again.
    mutating func buried(
        _ batch: UInt64, isWritten: Bool, at moment: Moment, random: inout some RandomNumberGenerator
    ) -> Effect {
        guard let index = dying.firstIndex(where: { $0.unit.batch.id == batch }) else { return .none }
        let (unit, dead, kind) = dying.remove(at: index)
        guard isWritten else { return wait(unit, .deadLetterFile, nil, moment, &random) }
        let settlement = Settlement(batch: batch, lines: dead, fate: .deadLettered)
        let rest = unit.lines.subtracting(dead)
        var effect = Effect.none
        if rest.isEmpty {
            inFlightCount -= 1
            attempt = 0
            proceed()
        } else if kind == .goesOn {
            goOn(Unit(batch: unit.batch, lines: rest), behind: dead.end)
            effect.isSplit = true
        } else {
            effect = wait(unit.part(rest), .throttled, nil, moment, &random)
        }
        effect.settlement = settlement
        return effect
    }

    /// The time has come; returns whether the queue became ready by it.
    mutating func tick(nowNanos: Int64) -> Bool {
        guard case .waiting(let until) = phase, nowNanos >= until else { return false }
        phase = .busy
        proceed()
        return phase == .ready
    }

    /// The destination works again; returns whether the queue became ready by it. A wait that was asked for goes on.
    mutating func release() -> Bool {
        guard isWaitMovable, case .waiting = phase else { return false }
        return tick(nowNanos: .max)
    }

    private mutating func deliver(_ unit: Unit, _ fate: Settlement.Fate) -> Effect {
        inFlightCount -= 1
        attempt = 0
        bisection.delivered(unit.batch.id)
        proceed()
        return Effect(settlement: Settlement(unit, fate))
    }

    /// The destination refuses lines of a unit: cut it, or bury what is left.
    private mutating func refuse(_ unit: Unit, _ status: Int, _ reason: String) -> Effect {
        let isMerelyLarge = status == 413 && unit.byteCount >= Bisection.smallBytes
        if isMerelyLarge || bisection.refused(unit), unit.lineCount > 1 {
            let (left, right) = unit.lines.halves()
            inFlightCount -= 1
            putBack(unit.part(right))
            putBack(unit.part(left))
            proceed()
            return Effect(isSplit: true)
        }
        return bury(unit, unit.lines, .waits, status, reason)
    }

    /// The destination names the line that it refuses. A batch with too many of them is given up as others are.
    private mutating func refuse(
        _ unit: Unit, lineAt index: Int, _ status: Int, _ reason: String, _ moment: Moment,
        _ random: inout some RandomNumberGenerator
    ) -> Effect {
        guard let line = unit.lines.line(at: index) else { return wait(unit, .broken, nil, moment, &random) }
        let lines = bisection.refused(unit) ? LineRanges(line..<(line + 1)) : unit.lines
        return bury(unit, lines, .goesOn, status, reason)
    }

    private mutating func bury(
        _ unit: Unit, _ lines: LineRanges, _ rest: Rest, _ status: Int, _ reason: String
    ) -> Effect {
        dying.append((unit, lines, rest))
        var dead: [DeadLine] = []
        lines.forEach { dead.append(DeadLine(line: $0, status: status, reason: reason)) }
        return Effect(deadLines: dead)
    }

    /// A bad line was taken out of a unit, which is progress: what is left goes on without waiting.
    private mutating func goOn(_ unit: Unit, behind line: Int) {
        inFlightCount -= 1
        attempt = 0
        let (before, after) = unit.lines.parts(at: line)
        for lines in [after, before] where !lines.isEmpty { putBack(Unit(batch: unit.batch, lines: lines)) }
        proceed()
    }

    /// An answer for each line: what is delivered leaves the unit, what is refused is buried, the rest comes again.
    private mutating func finish(
        _ unit: Unit, _ fates: [Verdict.LineFate], _ moment: Moment, _ random: inout some RandomNumberGenerator
    ) -> Effect {
        var delivered = LineRanges()
        var refused = LineRanges()
        var effect = Effect()
        var position = 0
        unit.lines.forEach { line in
            switch fates[position] {
            case .delivered: delivered.append(line)
            case .retry: break
            case .rejected(let status, let reason):
                refused.append(line)
                effect.deadLines.append(DeadLine(line: line, status: status, reason: reason))
            }
            position += 1
        }
        if !delivered.isEmpty {
            effect.settlement = Settlement(batch: unit.batch.id, lines: delivered, fate: .acknowledged)
            attempt = 0
        }
        let rest = unit.part(unit.lines.subtracting(delivered))
        if !refused.isEmpty {
            dying.append((rest, refused, .waits))
        } else if rest.lines.isEmpty {
            inFlightCount -= 1
            proceed()
        } else {
            effect.waits = wait(rest, .throttled, nil, moment, &random).waits
        }
        return effect
    }

    private mutating func wait(
        _ unit: Unit, _ reason: Verdict.RetryReason, _ afterNanos: Int64?, _ moment: Moment,
        _ random: inout some RandomNumberGenerator
    ) -> Effect {
        inFlightCount -= 1
        attempt += 1
        putBack(unit)
        let isMovable = afterNanos == nil && reason.mayBeDestination
        if moment.isHeld, isMovable {
            proceed()
            return Effect(waits: reason)
        }
        let delay = moment.policy.delayNanos(attempt: attempt, retryAfterNanos: afterNanos, random: &random)
        var until = moment.nowNanos + delay
        if case .waiting(let other) = phase { until = max(until, other) }
        phase = .waiting(untilNanos: until)
        isWaitMovable = isMovable
        return Effect(waits: reason)
    }

    /// Sets the phase by what there is; a wait goes on.
    private mutating func proceed() {
        if case .waiting = phase { return }
        if first == nil {
            phase = inFlightCount > 0 ? .busy : .idle
        } else {
            // While something is wrong, one request at a time finds out what.
            let isCareful = isFailing || !dying.isEmpty || first.map { bisection.isSearching($0.batch.id) } ?? false
            phase = inFlightCount < (isCareful ? 1 : maxInFlight) ? .ready : .busy
        }
    }

    private mutating func dropFirst() {
        units[head] = nil
        head += 1
        if head == units.count {
            units.removeAll(keepingCapacity: units.capacity <= 64)
            head = 0
        } else if head > 64, head * 2 > units.count {
            units.removeFirst(head)
            head = 0
        }
    }

    /// Puts a unit to its place among those that wait, which is nearly always the first.
    private mutating func putBack(_ unit: Unit) {
        var index = head
        while index < units.count, let other = units[index], other.precedes(unit) { index += 1 }
        if index == head, head > 0 {
            head -= 1
            units[head] = unit
        } else {
            units.insert(unit, at: index)
        }
    }

    private mutating func cutFirst() {
        guard let unit = first else { return }
        let (left, right) = unit.lines.halves()
        units[head] = unit.part(left)
        units.insert(unit.part(right), at: head + 1)
    }
}
