/// What sending close_notify came to.
enum TLSShutdownResult: Sendable, Equatable {
    /// It is sent, or there is no session to end.
    case done
    /// Call again when the socket takes bytes; also said while a ``TLSSession/write(_:)`` is unfinished.
    case wantsWrite
    /// It is over; close the socket.
    case failed(TLSFailure)
}
