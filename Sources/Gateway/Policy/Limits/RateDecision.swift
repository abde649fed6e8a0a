/// What a rate limit says to a request, with the numbers for the answer's headers.
struct RateDecision: Equatable {
    var isAllowed: Bool
    /// `RateLimit-Limit`: requests that a full bucket holds.
    var limit: Int
    /// `RateLimit-Remaining`: requests that would be allowed now.
    var remaining: Int
    /// Until the bucket is full again.
    var resetNanos: Int64
    /// Until this request would be allowed; 0 if it is, `Int64.max` if it costs more than a full bucket holds.
    var retryAfterNanos: Int64

    /// `RateLimit-Reset`: delay seconds, rounded up (draft-ietf-httpapi-ratelimit-headers-03, section 3).
    var resetSeconds: Int { Self.seconds(resetNanos) }

    /// `Retry-After` (RFC 9110 section 10.2.3), at least 1 for a refused request and at most a day.
    var retryAfterSeconds: Int { isAllowed ? 0 : min(86_400, max(1, Self.seconds(retryAfterNanos))) }

    /// Of two limits on one request the one to report: that which refuses, or has less left.
    func stricter(_ other: RateDecision) -> RateDecision {
        if isAllowed != other.isAllowed { return isAllowed ? other : self }
        if !isAllowed { return retryAfterNanos >= other.retryAfterNanos ? self : other }
        return remaining <= other.remaining ? self : other
    }

    private static func seconds(_ nanos: Int64) -> Int {
        let whole = max(0, nanos) / 1_000_000_000
        return Int(whole) + (max(0, nanos) % 1_000_000_000 > 0 ? 1 : 0)
    }
}
