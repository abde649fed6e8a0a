/// A parsed response head. All slices count from the head's first byte.
struct ResponseHead: ~Copyable {
    var version = HTTPVersion.http11
    /// 100 to 599.
    var status = 0
    var fields = FieldSection()
    var framing = BodyFraming.none
    /// The declared length, also where no body follows (HEAD, 304).
    var declaredLength: Int?
    /// The server will take another request on the connection.
    var keepAlive = true
    var byteCount = 0

    var isInformational: Bool { status < 200 }
}

/// Reads response heads of cells' servers, as strictly as requests.
struct ResponseHeadParser: ~Copyable {
    /// Servers may say more than clients; beyond this an answer is refused (attack case 98).
    static let headBytes = 65_536
    static let fieldLimit = 256

    private(set) var head = ResponseHead()
    private var lineStart = 0
    private var inFields = false

    mutating func reset() {
        head.fields.reset()
        lineStart = 0
        inFields = false
    }

    /// True when the head is complete: `head.byteCount` bytes of `bytes` belong to it.
    /// `toHead`: it answers a HEAD request, so no body follows.
    mutating func parse(_ bytes: Span<UInt8>, toHead: Bool) throws(GatewayError) -> Bool {
        do throws(SyntaxFault) {
            if !inFields, try !parseStatus(bytes) { return try incomplete(bytes) }
            if try !parseFields(bytes) { return try incomplete(bytes) }
            try complete(bytes, toHead: toHead)
        } catch let fault {
            throw fault.upstream
        }
        return true
    }

    private mutating func incomplete(_ bytes: Span<UInt8>) throws(SyntaxFault) -> Bool {
        if bytes.count > Self.headBytes { throw .headTooLong }
        return false
    }

    /// `HTTP/1.1 200 reason`; a missing reason with its space is accepted, because it is common and harmless.
    private mutating func parseStatus(_ bytes: Span<UInt8>) throws(SyntaxFault) -> Bool {
        let literal: StaticString = "HTTP/1."
        for index in 0..<7 {
            guard index < bytes.count else { return false }
            if bytes[index] != literal.utf8Start[index] { throw .controlByte }
        }
        guard bytes.count >= 13 else { return false }
        guard bytes[7] == 0x31 || bytes[7] == 0x30, bytes[8] == 0x20 else { throw .controlByte }
        var status = 0
        for index in 9..<12 {
            guard ByteClass.isDigit(bytes[index]) else { throw .controlByte }
            status = status * 10 + Int(bytes[index] &- 0x30)
        }
        guard (100...599).contains(status) else { throw .controlByte }
        var at = 12
        if bytes[at] == 0x20 {
            while at < bytes.count, ByteClass.isFieldValue(bytes[at]) { at += 1 }
        }
        guard at < bytes.count else { return false }
        if bytes[at] == 0x0A { throw .bareLineFeed }
        guard bytes[at] == 0x0D else { throw .controlByte }
        guard at + 1 < bytes.count else { return false }
        guard bytes[at + 1] == 0x0A else { throw .bareCarriageReturn }
        head.version = bytes[7] == 0x31 ? .http11 : .http10
        head.status = status
        inFields = true
        lineStart = at + 2
        return true
    }

    private mutating func parseFields(_ bytes: Span<UInt8>) throws(SyntaxFault) -> Bool {
        while true {
            switch try FieldLine.read(bytes, lineStart) {
            case .incomplete: return false
            case .end(let next):
                if next > Self.headBytes { throw .headTooLong }
                head.byteCount = next
                return true
            case .line(let line, let next):
                if next > Self.headBytes { throw .headTooLong }
                try head.fields.append(line, bytes, limit: Self.fieldLimit)
                lineStart = next
            }
        }
    }

    private mutating func complete(_ bytes: Span<UInt8>, toHead: Bool) throws(SyntaxFault) {
        let declared = try head.fields.declaredFraming(bytes, version: head.version)
        head.declaredLength = nil
        if case .length(let length) = declared { head.declaredLength = length }
        let isNew = head.version == .http11
        head.keepAlive = !head.fields.connectionClose && (isNew || head.fields.connectionKeepAlive)
        if toHead || head.status < 200 || head.status == 204 || head.status == 304 {
            head.framing = .none
        } else {
            head.framing = declared ?? .untilClose
            if declared == nil { head.keepAlive = false }
        }
    }
}
