/// The generic cell rate algorithm (ITU-T I.371, virtual scheduling), with the state in one time: when the bucket will
/// be full again. Pure; computed once from a `RateLimit`.
struct RateRule: Equatable {
    /// Between two requests at the sustained rate.
    let intervalNanos: Int64
    /// How far ahead of `now` the state may be: the burst's length.
    let toleranceNanos: Int64
    let burst: Int

    init(_ limit: RateLimit) {
        let requests = Int64(limit.requests.clamped(1...1_000_000_000))
        let period = limit.periodNanos.clamped(1_000_000...86_400_000_000_000)
        burst = limit.burst.clamped(1...1_000_000_000)
        intervalNanos = max(1, period / requests)
        // A bound far below the largest number, so that a clock and a burst can be added.
        toleranceNanos = min(intervalNanos.multipliedClamped(by: Int64(burst)), 1 << 61)
    }

    /// Takes `cost` requests out of a bucket that is full again at `fullAt`, if they are there. 0 only looks.
    @inline(__always)
    func decide(fullAt: inout Int64, cost: Int, now: Int64) -> RateDecision {
        // A state that a stricter rule left behind counts as an empty bucket of this one.
        let start = min(max(fullAt, now), now.addingClamped(toleranceNanos))
        let debt = intervalNanos.multipliedClamped(by: Int64(max(0, cost)))
        let next = start.addingClamped(debt)
        let ahead = next.subtractingClamped(now)
        if ahead > toleranceNanos {
            let wait = debt > toleranceNanos ? Int64.max : ahead - toleranceNanos
            return decision(isAllowed: false, ahead: start.subtractingClamped(now), retryAfterNanos: wait)
        }
        fullAt = next
        return decision(isAllowed: true, ahead: ahead, retryAfterNanos: 0)
    }

    @inline(__always)
    private func decision(isAllowed: Bool, ahead: Int64, retryAfterNanos: Int64) -> RateDecision {
        let left = max(0, toleranceNanos.subtractingClamped(ahead)) / intervalNanos
        return RateDecision(
            isAllowed: isAllowed, limit: burst, remaining: Int(left), resetNanos: max(0, ahead),
            retryAfterNanos: retryAfterNanos)
    }
}
