/// Who the client is; the same for all requests of a connection.
final class ClientPeer {
    /// The address without the port, as text.
    let text: HeldBytes
    let isTrusted: Bool
    let isLoopback: Bool
    /// The connection is encrypted.
    let isSecure: Bool
    /// The address in 128 bits, IPv4 as IPv4-mapped.
    let high: UInt64
    let low: UInt64

    init(_ address: InternetAddress, trusted: [AddressRange], isSecure: Bool = false) {
        self.isSecure = isSecure
        (high, low) = Self.words(address.bytes)
        text = HeldBytes(Array(address.host.utf8))
        isTrusted = trusted.contains { $0.contains(address.bytes) }
        isLoopback = Self.isLoopback(address.bytes)
    }

    /// 4 or 16 bytes in network order; others are zero.
    static func words(_ bytes: [UInt8]) -> (high: UInt64, low: UInt64) {
        func word(_ part: ArraySlice<UInt8>) -> UInt64 { part.reduce(0) { $0 << 8 | UInt64($1) } }
        switch bytes.count {
        case 4: return (0, 0xFFFF_0000_0000 | word(bytes[...]))
        case 16: return (word(bytes[..<8]), word(bytes[8...]))
        default: return (0, 0)
        }
    }

    private static func isLoopback(_ bytes: [UInt8]) -> Bool {
        if bytes.count == 4 { return bytes[0] == 127 }
        guard bytes.count == 16 else { return false }
        if bytes[..<15].allSatisfy({ $0 == 0 }) { return bytes[15] == 1 }
        return bytes[..<10].allSatisfy { $0 == 0 } && bytes[10] == 255 && bytes[11] == 255 && bytes[12] == 127
    }
}

/// The client's side of an exchange: how an answer is put on the wire. One exchange at a time uses it.
///
/// Nothing here calls the exchange back at once, but for ``exchangeEnded(_:)``, the last call of an exchange. Bytes that
/// are given are used before the event that brought them has been handled.
protocol Downstream: AnyObject {
    var peer: ClientPeer { get }
    /// The client takes what it is given. While it does not, the upstream is not read.
    var isAnswerWritable: Bool { get }

    /// An interim answer (1xx).
    func pass(interim head: borrowing ResponseHead, _ raw: UnsafeRawBufferPointer, of exchange: Exchange)
    /// The upstream's head; a body follows as the head's framing says.
    func begin(answer head: borrowing ResponseHead, _ raw: UnsafeRawBufferPointer, of exchange: Exchange)
    /// The upstream agreed to another protocol: from now on bytes pass unchanged, both ways.
    func beginTunnel(_ head: borrowing ResponseHead, _ raw: UnsafeRawBufferPointer, of exchange: Exchange)
    /// The head of an answer of the gateway's own. `length`: of its body; nil when it is not known.
    func begin(own response: LocalResponse, status: Int, length: Int?, of exchange: Exchange)
    /// A piece of the body, or of a tunnel.
    func write(body: UnsafeRawBufferPointer)
    /// The body is complete. `trailer`: lines with their ends.
    func endBody(trailer: [UInt8], of exchange: Exchange)
    /// A complete answer of the gateway's own for an error.
    func write(refusal error: GatewayError, of exchange: Exchange)
    /// Waits for the rest of the request: `Expect: 100-continue` was accepted.
    func writeContinue()

    /// Another exchange carries the request from now on.
    func replace(_ exchange: Exchange, with other: Exchange)

    /// The exchange can take more of the request's body.
    func resumeBody()
    /// The answer cannot be completed: the client must be able to tell.
    func breakOff(_ exchange: Exchange)
    /// The exchange is over, and not used any more.
    func exchangeEnded(_ exchange: Exchange)
}
