/// How long to wait before a request is repeated: exponential backoff with full jitter (every wait is uniform between
/// nothing and the step's bound), or what the destination asked for.
struct RetryPolicy: Sendable, Equatable {
    var initialNanos: Int64 = 500_000_000
    var maxNanos: Int64 = 30_000_000_000
    /// What a `Retry-After` is clamped to.
    var retryAfterNanos: ClosedRange<Int64> = 1_000_000_000...300_000_000_000

    /// - Parameters:
    ///   - attempt: failures so far in a row, 1 for the first.
    ///   - retryAfterNanos: what the response said, if anything.
    func delayNanos(
        attempt: Int, retryAfterNanos asked: Int64?, random: inout some RandomNumberGenerator
    ) -> Int64 {
        let doublings = min(max(attempt - 1, 0), 40)
        let (grown, overflow) = initialNanos.multipliedReportingOverflow(by: 1 << doublings)
        let bound = overflow ? maxNanos : min(maxNanos, grown)
        let jittered = Int64.random(in: 0...max(1, bound), using: &random)
        guard let asked else { return jittered }
        // Never earlier than asked, and not all tenants at the same instant.
        let clamped = min(max(asked, retryAfterNanos.lowerBound), retryAfterNanos.upperBound)
        return clamped + min(jittered, initialNanos)
    }
}
