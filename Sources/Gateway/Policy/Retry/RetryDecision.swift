/// What follows a failed attempt.
enum RetryDecision: Equatable {
    /// Another attempt after a pause. `isFree`: the budget need not be asked.
    case retry(afterNanos: Int64, target: Target, isFree: Bool)
    case fail(Reason)

    enum Target: UInt8 {
        /// As the balancer says, without the upstream that failed.
        case otherUpstream
        /// The same upstream, on a new connection.
        case sameUpstream
    }

    enum Reason: UInt8 {
        case responseStarted
        case attemptsUsedUp
        case bodyLost
        /// The request may have been executed, and doing it twice is not the same as once.
        case notIdempotent
        /// Not in `retry_on`.
        case notConfigured
        case noTimeLeft
    }
}
