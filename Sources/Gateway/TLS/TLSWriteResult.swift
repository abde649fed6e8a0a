/// What a write came to.
enum TLSWriteResult: Sendable, Equatable {
    /// So many bytes were taken, at most one record's 16 KiB; write the others next.
    case bytes(Int)
    /// The protocol itself has to read first: call again, with the same bytes, when the socket has some.
    case wantsRead
    /// Call again, with the same bytes (at any address, and more may follow them), when the socket takes some.
    case wantsWrite
    /// The connection is over; a read tells how.
    case closed
    /// It is over; close the socket.
    case failed(TLSFailure)
}
