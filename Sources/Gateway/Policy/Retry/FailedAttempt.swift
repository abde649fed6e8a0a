/// What the retry policy has to know of a failed attempt.
struct FailedAttempt {
    var failure: AttemptFailure
    /// Attempts so far, this one included.
    var attempts: Int
    /// RFC 9110 section 9.2.2.
    var isIdempotent: Bool
    /// Bytes of the request body that have left for the upstream and are no longer here.
    var lostBodyBytes: Int
    /// Something of the response has gone to the client.
    var responseStarted: Bool
    /// A kept connection has failed before in this request.
    var hadStaleConnection: Bool
    /// A server has said before in this request that it has not begun with it.
    var hadRefusedStream = false
    /// Another usable upstream exists.
    var hasOtherUpstream: Bool
    /// Until the request's total limit; `Int64.max` without one.
    var remainingNanos: Int64
}
