/// What one tenant may still send at the moment. Pure: the clock is an argument.
struct RateLimiter: Equatable {
    private var bytes = TokenBucket()
    private var lines = TokenBucket()

    func hasCredit(_ limit: TenantRules.RateLimit, _ nowNanos: Int64) -> Bool {
        (limit.bytesPerSecond == nil || bytes.hasCredit(nowNanos))
            && (limit.linesPerSecond == nil || lines.hasCredit(nowNanos))
    }

    mutating func take(_ byteCount: Int, _ limit: TenantRules.RateLimit, _ nowNanos: Int64) {
        if let rate = limit.bytesPerSecond {
            bytes.take(byteCount, perSecond: rate, burstNanos: limit.burstNanos, nowNanos: nowNanos)
        }
        if let rate = limit.linesPerSecond {
            lines.take(1, perSecond: rate, burstNanos: limit.burstNanos, nowNanos: nowNanos)
        }
    }

    /// When there is credit for half a burst, so that who waits goes on with more than one line.
    func readyNanos(_ limit: TenantRules.RateLimit) -> Int64 {
        max(
            limit.bytesPerSecond == nil ? .min : bytes.halfFullNanos(burstNanos: limit.burstNanos),
            limit.linesPerSecond == nil ? .min : lines.halfFullNanos(burstNanos: limit.burstNanos))
    }
}
