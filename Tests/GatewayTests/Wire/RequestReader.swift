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
struct RequestReader {
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
        var reader = RequestReader(limits: limits)
        for piece in pieces { reader.feed(piece) }
        return reader
    }

    mutating func feed(_ bytes: [UInt8]) {
        buffer += bytes
        while error == nil, !ended, step() {}
    }

    private mutating func step() -> Bool {
        do throws(GatewayError) {
            return inBody ? try readBody() : try readHead()
        } catch let error {
            self.error = error
            return false
        }
    }

    private mutating func readHead() throws(GatewayError) -> Bool {
        let held = buffer
        guard !held.isEmpty, try parser.parse(held.span) else { return false }
        let head = parser.head
        let bytes = Array(buffer.prefix(head.byteCount))
        buffer.removeFirst(head.byteCount)
        func text(_ slice: ByteSlice) -> String {
            String(String.UnicodeScalarView(bytes[slice.lower..<slice.upper].map { Unicode.Scalar($0) }))
        }
        current = DecodedRequest(
            method: text(head.methodName), target: text(head.target), isNew: head.version == .http11,
            keepAlive: head.keepAlive, fields: head.fields.lines.map { "\(text($0.name)): \(text($0.value))" },
            body: [])
        currentHead = bytes
        decoder = BodyDecoder(head.framing, trailerLimit: limits.headBytes)
        inBody = true
        return true
    }

    private mutating func readBody() throws(GatewayError) -> Bool {
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
