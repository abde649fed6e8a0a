/// What a read came to.
enum TLSReadResult: Sendable, Equatable {
    /// So many bytes were read; there may be more.
    case bytes(Int)
    /// Nothing waits: call again when the socket has bytes.
    case wantsRead
    /// The protocol itself has to send first (a key update): call again when the socket takes bytes.
    case wantsWrite
    /// The peer ended its side in order (close_notify).
    case closed
    /// The connection ended without close_notify: what came may not be all.
    case truncated
    /// It is over; close the socket.
    case failed(TLSFailure)
}
