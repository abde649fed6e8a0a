/// When an exchange with a cell has to give up, and why: the nearest of its limits. A value of one exchange, so of
/// one event loop; pure.
struct DeadlineBudget: Equatable {
    /// Which limit ends it.
    enum Limit: UInt8 {
        /// No attempt can follow.
        case total
        case perTry
        case connect
        case head
        case idle
    }

    /// A limit and its time; `Int64.max` is never.
    struct Deadline: Equatable {
        var limit: Limit
        var atNanos: Int64
    }

    /// What the exchange is doing.
    enum Phase: UInt8 {
        /// No attempt runs: queued, or waiting to try again.
        case waiting
        case connecting
        /// The request is being sent; its own progress is the client's limit.
        case sending
        case awaitingHead
        case streaming
    }

    let settings: DeadlineSettings
    private(set) var phase = Phase.waiting
    private var totalAt: Int64
    private var tryAt = Int64.max
    private var phaseAt = Int64.max

    init(_ settings: DeadlineSettings, now: Int64) {
        self.settings = settings
        totalAt = Self.after(now, settings.totalNanos)
    }

    /// A new attempt, which needs a connection or has a kept one.
    mutating func beginTry(isConnected: Bool, now: Int64) {
        tryAt = Self.after(now, settings.perTryNanos)
        enter(isConnected ? .sending : .connecting, isConnected ? 0 : settings.connectNanos, now)
    }

    /// The upstream has accepted.
    mutating func connected(now: Int64) { enter(.sending, 0, now) }

    /// All of the request has been sent.
    mutating func sent(now: Int64) {
        if phase == .connecting || phase == .sending { enter(.awaitingHead, settings.headNanos, now) }
    }

    /// The response head has come, perhaps before all of the request was sent; the try can no longer be repeated.
    mutating func headArrived(now: Int64) {
        tryAt = .max
        enter(.streaming, settings.idleNanos, now)
    }

    /// Some of the response body has come, or the client has read some.
    mutating func progressed(now: Int64) {
        if phase == .streaming { phaseAt = Self.after(now, settings.idleNanos) }
    }

    /// The attempt is over; the next one, if any, begins later.
    mutating func endTry() {
        tryAt = .max
        phaseAt = .max
        phase = .waiting
    }

    /// The response is a stream without an end (an upgrade, server-sent events): only silence ends it.
    mutating func becameStream() { totalAt = .max }

    /// The nearest limit; the total wins when two fall together.
    var next: Deadline {
        var nearest = Deadline(limit: .total, atNanos: totalAt)
        if tryAt < nearest.atNanos { nearest = Deadline(limit: .perTry, atNanos: tryAt) }
        if phaseAt < nearest.atNanos { nearest = Deadline(limit: phaseLimit, atNanos: phaseAt) }
        return nearest
    }

    /// The limit that has passed, if one has.
    func passed(now: Int64) -> Limit? {
        let next = next
        return next.atNanos <= now ? next.limit : nil
    }

    /// Until the total is used up: how long a pause before another attempt may be. `Int64.max` without a total.
    func remainingNanos(now: Int64) -> Int64 {
        totalAt == .max ? .max : max(0, totalAt.subtractingClamped(now))
    }

    private var phaseLimit: Limit {
        switch phase {
        case .connecting: .connect
        case .streaming: .idle
        case .waiting, .sending, .awaitingHead: .head
        }
    }

    private mutating func enter(_ next: Phase, _ limitNanos: Int64, _ now: Int64) {
        phase = next
        phaseAt = Self.after(now, limitNanos)
    }

    private static func after(_ now: Int64, _ limitNanos: Int64) -> Int64 {
        limitNanos > 0 ? now.addingClamped(limitNanos) : .max
    }
}
