/// How an attempt at an upstream ended, for the outlier detector and the circuit breaker.
enum AttemptResult: UInt8 {
    /// Any answer below 500.
    case success
    /// An answer of 500 or more. A cell where 500 may be the fault of one tenant's request reports 502 to 504 only, so
    /// that a tenant cannot have an upstream ejected for all.
    case serverError
    /// Broken, malformed or timed out after the connection stood.
    case broken
    /// Refused, unreachable or not accepted in time.
    case connectFailure
    /// Ended without a verdict: the client left, a kept connection had just been closed.
    case cancelled

    /// For the log.
    var text: StaticString {
        switch self {
        case .success: "answered"
        case .serverError: "answers of 502, 503 or 504"
        case .broken: "broken, malformed or late answers"
        case .connectFailure: "not reachable"
        case .cancelled: "canceled"
        }
    }
}
