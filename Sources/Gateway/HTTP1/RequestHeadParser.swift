/// Reads request heads, incrementally and strictly (RFC 9112 sections 3 and 5).
///
/// Hot path: benchmark `gateway`. `parse` is given all bytes since the head's first one each time; complete lines are
/// read once, the incomplete one anew each time, which the limit of a line bounds.
struct RequestHeadParser: ~Copyable {
    var head = RequestHead()
    let limits: MessageLimits
    /// Lower case; the default name is known to `FieldName` already.
    private let tenantName: [UInt8]?
    private let tenantHeader: String
    private var lineStart = 0
    private var inFields = false
    private var skippedEmptyLine = false

    init(limits: MessageLimits, tenantHeader: String) {
        self.limits = limits
        self.tenantHeader = tenantHeader
        let name = Array(tenantHeader.lowercased().utf8)
        tenantName = name == Array("x-tenant-id".utf8) ? nil : name
    }

    func isMade(with limits: MessageLimits, tenantHeader: String) -> Bool {
        self.limits == limits && self.tenantHeader == tenantHeader
    }

    /// Forgets the head; the next byte begins another one.
    mutating func reset() {
        head.fields.reset()
        head.method = .other
        head.methodName = ByteSlice()
        head.target = ByteSlice()
        head.path = ByteSlice()
        head.query = ByteSlice()
        head.hasQuery = false
        head.framing = .none
        head.version = .http11
        head.acceptsTrailers = false
        head.expectsContinue = false
        head.wantsUpgrade = false
        startLineError = nil
        lineStart = 0
        inFields = false
        skippedEmptyLine = false
    }

    /// True when the head is complete: `head.byteCount` bytes of `bytes` belong to it.
    mutating func parse(_ bytes: Span<UInt8>) throws(GatewayError) -> Bool {
        do throws(SyntaxFault) {
            if !inFields {
                guard try parseStart(bytes) else { return try incomplete(bytes) }
            }
            guard try parseFields(bytes) else { return try incomplete(bytes) }
        } catch let fault {
            throw startLineError ?? fault.downstream
        }
        try complete(bytes)
        return true
    }

    /// Set by `parseStart`, which has more to say than a syntax fault.
    private var startLineError: GatewayError?

    private mutating func incomplete(_ bytes: Span<UInt8>) throws(SyntaxFault) -> Bool {
        do throws(GatewayError) {
            try checkSize(bytes)
        } catch let error {
            startLineError = error
            throw .headTooLong
        }
        return false
    }

    private func checkSize(_ bytes: Span<UInt8>) throws(GatewayError) {
        let pending = bytes.count - lineStart
        if !inFields, pending > limits.uriBytes + 64 {
            throw GatewayError(.uriTooLong, .uriTooLong, "request line too long")
        }
        if inFields, pending > limits.fieldBytes + 2 { throw SyntaxFault.fieldTooLong.downstream }
        if bytes.count > limits.headBytes { throw SyntaxFault.headTooLong.downstream }
    }

    private mutating func fail(_ error: GatewayError) -> SyntaxFault {
        startLineError = error
        return .noColon
    }
}

// MARK: - Request line

extension RequestHeadParser {
    private static let longestMethod = 32

    private mutating func parseStart(_ bytes: Span<UInt8>) throws(SyntaxFault) -> Bool {
        let end = bytes.count
        // RFC 9112 section 2.2: one empty line before a request is ignored.
        if !skippedEmptyLine, lineStart < end, bytes[lineStart] == 0x0D {
            guard lineStart + 1 < end else { return false }
            guard bytes[lineStart + 1] == 0x0A else { throw .bareCarriageReturn }
            lineStart += 2
            skippedEmptyLine = true
        }
        let start = lineStart
        var at = start
        while at < end, ByteClass.isToken(bytes[at]) { at += 1 }
        if at - start > Self.longestMethod {
            throw fail(GatewayError(.badRequest, .requestLine, "method too long"))
        }
        guard at < end else { return false }
        guard at > start, bytes[at] == 0x20 else {
            throw fail(GatewayError(.badRequest, .requestLine, "the request line must begin with a method"))
        }
        head.methodName = ByteSlice(start, at)
        head.method = HTTPMethod.classify(bytes, head.methodName)
        at += 1
        let target = at
        while at < end, ByteClass.isVisible(bytes[at]) { at += 1 }
        if at - target > limits.uriBytes {
            throw fail(GatewayError(.uriTooLong, .uriTooLong, "request target too long"))
        }
        guard at < end else { return false }
        guard at > target, bytes[at] == 0x20 else {
            throw fail(GatewayError(.badRequest, .requestLine, "the request line needs a target and a version"))
        }
        head.target = ByteSlice(target, at)
        return try parseVersion(bytes, at + 1)
    }

    private mutating func parseVersion(_ bytes: Span<UInt8>, _ start: Int) throws(SyntaxFault) -> Bool {
        let literal: StaticString = "HTTP/"
        for index in 0..<5 {
            guard start + index < bytes.count else { return false }
            if bytes[start + index] != literal.utf8Start[index] {
                throw fail(GatewayError(.badRequest, .requestLine, "the request line must end with HTTP/1.1"))
            }
        }
        guard start + 10 <= bytes.count else { return false }
        let major = bytes[start + 5]
        let minor = bytes[start + 7]
        guard ByteClass.isDigit(major), bytes[start + 6] == 0x2E, ByteClass.isDigit(minor) else {
            throw fail(GatewayError(.badRequest, .requestLine, "malformed HTTP version"))
        }
        guard bytes[start + 8] == 0x0D, bytes[start + 9] == 0x0A else {
            throw fail(GatewayError(.badRequest, .requestLine, "the request line must end with CR LF"))
        }
        guard major == 0x31, minor == 0x31 || minor == 0x30 else {
            throw fail(GatewayError(.versionNotSupported, .version, "HTTP/1.0 and HTTP/1.1 are served"))
        }
        head.version = minor == 0x31 ? .http11 : .http10
        inFields = true
        lineStart = start + 10
        return true
    }
}

// MARK: - Fields

extension RequestHeadParser {
    private mutating func parseFields(_ bytes: Span<UInt8>) throws(SyntaxFault) -> Bool {
        while true {
            switch try FieldLine.read(bytes, lineStart) {
            case .incomplete: return false
            case .end(let next):
                if next > limits.headBytes { throw .headTooLong }
                head.byteCount = next
                return true
            case .line(let line, let next):
                if next - lineStart > limits.fieldBytes + 2 { throw .fieldTooLong }
                if next > limits.headBytes { throw .headTooLong }
                try append(line, bytes)
                lineStart = next
            }
        }
    }

    /// Takes a field into the head.
    @inline(__always)
    mutating func append(_ line: FieldLine, _ bytes: Span<UInt8>) throws(SyntaxFault) {
        try head.fields.append(line, bytes, limit: limits.fields)
        if let tenantName { reclassify(line, tenantName, bytes) }
    }

    /// A tenant header of another name than the default; the default name is then only dropped.
    private mutating func reclassify(_ line: FieldLine, _ tenantName: [UInt8], _ bytes: Span<UInt8>) {
        if line.known == .tenant {
            head.fields.reclassifyLast(as: .underscored)
        } else if line.name.count == tenantName.count {
            for index in 0..<tenantName.count
            where Span<UInt8>.fold(bytes[line.name.lower + index]) != tenantName[index] { return }
            head.fields.reclassifyLast(as: .tenant)
        }
    }

    /// The checks that need the whole head.
    private mutating func complete(_ bytes: Span<UInt8>) throws(GatewayError) {
        try RequestTarget.resolve(bytes, &head)
        do throws(SyntaxFault) {
            head.framing = try head.fields.declaredFraming(bytes, version: head.version) ?? .none
        } catch let fault {
            throw fault.downstream
        }
        let isNew = head.version == .http11
        head.keepAlive = !head.fields.connectionClose && (isNew || head.fields.connectionKeepAlive)
        try completeCommon(bytes)
    }

    /// What heads of all versions of the protocol have.
    mutating func completeCommon(_ bytes: Span<UInt8>) throws(GatewayError) {
        let isNew = head.version == .http11
        head.acceptsTrailers = false
        head.expectsContinue = false
        head.wantsUpgrade = false
        guard isNew else { return }
        if head.fields.has(.upgrade) { head.wantsUpgrade = asksForWebSocket(bytes) }
        if head.fields.has(.te) { head.acceptsTrailers = Self.lists(bytes, head.fields.lines, .te, "trailers") }
        if head.fields.has(.expect) { try expectation(bytes) }
    }

    /// RFC 6455, section 4.1; other protocols are not switched to, and the request is served as it is (RFC 9110,
    /// section 7.8).
    private func asksForWebSocket(_ bytes: Span<UInt8>) -> Bool {
        guard head.method == .get, !head.hasBody, head.fields.connectionUpgrade, head.fields.count(.upgrade) == 1,
            let line = head.fields.first(.upgrade)
        else { return false }
        return bytes.equals(line.value, "websocket")
    }

    private mutating func expectation(_ bytes: Span<UInt8>) throws(GatewayError) {
        guard head.fields.count(.expect) == 1, let line = head.fields.first(.expect),
            bytes.equals(line.value, "100-continue")
        else {
            throw GatewayError(.expectationFailed, .expectation, "the only expectation served is 100-continue")
        }
        head.expectsContinue = head.hasBody
    }

    private static func lists(
        _ bytes: Span<UInt8>, _ lines: [FieldLine], _ name: FieldName, _ token: StaticString
    ) -> Bool {
        for line in lines where line.known == name {
            var tokens = TokenList(line.value)
            while let element = tokens.next(bytes) {
                if bytes.equals(element, token) { return true }
            }
        }
        return false
    }
}
