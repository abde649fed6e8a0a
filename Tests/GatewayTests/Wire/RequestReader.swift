@testable import Gateway

/// A request as a test sees it.
struct DecodedRequest: Equatable {
    var method: String
    var target: String
    var isNew: Bool
    var keepAlive: Bool
    var fields: [String]
    var body: [UInt8]

    var isChunked: Bool { fields.contains { $0.lowercased() == "transfer-encoding: chunked" } }
}

/// The codec without a connection: bytes in, requests out, as `HTTP1Client` drives it.
final class RequestReader {
    private(set) var requests: [DecodedRequest] = []
    /// Their heads as they came.
    private(set) var heads: [[UInt8]] = []
    private(set) var error: GatewayError?
    /// Bytes of an unfinished message are left.
    var isInside: Bool { inBody || !buffer.isEmpty }
    private let limits: MessageLimits
    private var parser: RequestHeadParser
    private var decoder: BodyDecoder
    private var inBody = false
    private var ended = false
    private var buffer: [UInt8] = []
    private var current: DecodedRequest?
    private var currentHead: [UInt8] = []

    init(limits: MessageLimits = MessageLimits(), tenantHeader: String = "X-Tenant-Id") {
        self.limits = limits
        parser = RequestHeadParser(limits: limits, tenantHeader: tenantHeader)
        decoder = BodyDecoder(.none, trailerLimit: limits.headBytes)
    }

    /// Reads everything at once, or in the given pieces.
    static func read(_ pieces: [[UInt8]], limits: MessageLimits = MessageLimits()) -> RequestReader {
        let reader = RequestReader(limits: limits)
        for piece in pieces { reader.feed(piece) }
        return reader
    }

    func feed(_ bytes: [UInt8]) {
        buffer += bytes
        while error == nil, !ended, step() {}
    }

    private func step() -> Bool {
        do throws(GatewayError) {
            return inBody ? try readBody() : try readHead()
        } catch let error {
            self.error = error
            return false
        }
    }

    private func readHead() throws(GatewayError) -> Bool {
        let held = buffer
        guard !held.isEmpty, try parser.parse(held.span) else { return false }
        let bytes = Array(buffer.prefix(parser.head.byteCount))
        buffer.removeFirst(parser.head.byteCount)
        func text(_ slice: ByteSlice) -> String {
            String(String.UnicodeScalarView(bytes[slice.lower..<slice.upper].map { Unicode.Scalar($0) }))
        }
        current = DecodedRequest(
            method: text(parser.head.methodName), target: text(parser.head.target),
            isNew: parser.head.version == .http11, keepAlive: parser.head.keepAlive,
            fields: parser.head.fields.lines.map { "\(text($0.name)): \(text($0.value))" }, body: [])
        currentHead = bytes
        decoder = BodyDecoder(parser.head.framing, trailerLimit: limits.headBytes)
        inBody = true
        return true
    }

    private func readBody() throws(GatewayError) -> Bool {
        let held = buffer
        var at = 0
        do throws(SyntaxFault) {
            while let range = try decoder.next(held.span, at: &at) {
                current?.body += held[range]
            }
        } catch let fault {
            throw fault.downstream
        }
        buffer.removeFirst(at)
        guard decoder.isComplete else { return false }
        if let current {
            requests.append(current)
            heads.append(currentHead)
        }
        ended = !parser.head.keepAlive
        inBody = false
        parser.reset()
        return true
    }
}

extension Array where Element == UInt8 {
    /// One byte after another.
    var bytewise: [[UInt8]] { map { [$0] } }

    /// Pieces of `size` bytes.
    func chunked(_ size: Int) -> [[UInt8]] {
        stride(from: 0, to: count, by: size).map { Array(self[$0..<Swift.min($0 + size, count)]) }
    }

    /// The bytes in two pieces, for every place between them, and one by one.
    var splits: [[[UInt8]]] {
        var all = [bytewise]
        for place in 0..<count { all.append([Array(self[..<place]), Array(self[place...])]) }
        return all
    }
}

/// Who takes part in what is forwarded.
extension ClientPeer {
    /// The upstream's `Host`, and whatever else needs a few harmless bytes.
    static var upstream: UnsafeRawBufferPointer {
        let text: StaticString = "up:1"
        return UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
    }

    /// 10.0.0.9, a proxy that may be trusted.
    convenience init(trusted isTrusted: Bool) {
        let address = InternetAddress(bytes: [10, 0, 0, 9], port: 1)
        self.init(address, trusted: isTrusted ? [AddressRange("10.0.0.0/8")].compactMap { $0 } : [])
    }
}
