@testable import Gateway

/// The response side of the codec without a connection.
final class ResponseReader {
    private(set) var status: Int?
    private(set) var body: [UInt8] = []
    private(set) var error: GatewayError?
    private(set) var isComplete = false
    /// The head as it came.
    private(set) var headBytes: [UInt8] = []
    /// Of the answer, once ``status`` is known.
    private(set) var parser = ResponseHeadParser()
    private var decoder = BodyDecoder(.none, trailerLimit: ResponseHeadParser.headBytes)
    private var buffer: [UInt8] = []
    private let toHead: Bool

    /// Of the answer, once ``status`` is known.
    var keepAlive: Bool? { status == nil ? nil : parser.head.keepAlive }
    var declaredLength: Int? { status == nil ? nil : parser.head.declaredLength }
    /// Bytes behind the message.
    var leftover: Int { isComplete ? buffer.count : 0 }
    /// The trailer section, as text.
    var trailer: String { String(decoding: decoder.chunks.trailer, as: UTF8.self) }

    init(toHead: Bool = false) { self.toHead = toHead }

    static func read(_ pieces: [[UInt8]], toHead: Bool = false) -> ResponseReader {
        let reader = ResponseReader(toHead: toHead)
        for piece in pieces { reader.feed(piece) }
        return reader
    }

    func feed(_ bytes: [UInt8]) {
        buffer += bytes
        do throws(GatewayError) {
            while status == nil, error == nil {
                let held = buffer
                guard try parser.parse(held.span, toHead: toHead) else { return }
                headBytes = Array(buffer.prefix(parser.head.byteCount))
                buffer.removeFirst(parser.head.byteCount)
                if parser.head.isInformational, parser.head.status != 101 {
                    parser.reset()
                    continue
                }
                status = parser.head.status
                decoder = BodyDecoder(parser.head.framing, trailerLimit: ResponseHeadParser.headBytes)
            }
            try readBody()
        } catch let error {
            self.error = error
        }
    }

    private func readBody() throws(GatewayError) {
        guard error == nil else { return }
        let held = buffer
        var at = 0
        do throws(SyntaxFault) {
            while let range = try decoder.next(held.span, at: &at) {
                body += held[range]
            }
        } catch let fault {
            throw fault.upstream
        }
        buffer.removeFirst(at)
        isComplete = decoder.isComplete
    }
}
