/// What a step of the handshake came to.
enum TLSHandshakeResult: Sendable, Equatable {
    /// Data may flow. Read at once: the peer's first bytes may have come with the end of its handshake, and then no
    /// poll tells of them. With TLS 1.3 a client is done before the server has looked at its certificate, and learns of
    /// a refusal by reading.
    case done
    /// Call again when the socket has bytes.
    case wantsRead
    /// Call again when the socket takes bytes.
    case wantsWrite
    /// It is over; close the socket.
    case failed(TLSFailure)
}
