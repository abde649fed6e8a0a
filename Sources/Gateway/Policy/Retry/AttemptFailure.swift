/// Why an attempt at an upstream failed.
enum AttemptFailure: UInt8, CaseIterable {
    /// Refused or unreachable.
    case connectRefused
    case connectTimeout
    /// HTTP/2: the upstream says that it has not begun with the request.
    case refusedStream
    /// A kept connection that the upstream closed before it answered anything: most likely it was idle too long.
    case staleConnection
    /// A new connection ended before the response began.
    case reset
    /// No response head within the limit of a try.
    case perTryTimeout
    /// The upstream answered 502, 503 or 504.
    case gatewayError
    /// Its answer cannot be understood.
    case malformed
}
