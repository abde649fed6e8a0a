/// Heads that did not come as text: HTTP/2's.
extension RequestHeadParser {
    /// Makes the head of a decoded field section whose bytes are the beginning of `raw`. The checks are those of a head
    /// that was read.
    ///
    /// - Parameter extend: adds bytes behind the head's and gives the offset at which they begin.
    mutating func assemble(
        _ block: borrowing HeaderBlock, hasBody: Bool, _ raw: UnsafeRawBufferPointer,
        extend: ([UInt8]) -> (Int, UnsafeRawBufferPointer)
    ) throws(GatewayError) {
        reset()
        head.byteCount = raw.count
        head.version = .http11
        head.methodName = block.pseudo.method
        head.method = HTTPMethod.classify(raw.bytes.span, block.pseudo.method)
        head.target = block.pseudo.path
        guard head.target.count <= limits.uriBytes else {
            throw GatewayError(.uriTooLong, .uriTooLong, "request target too long")
        }
        var cookies: [UInt8] = []
        for field in block.regular {
            guard field.name.count + field.value.count + 2 <= limits.fieldBytes else {
                throw SyntaxFault.fieldTooLong.downstream
            }
            if field.name.count == 6, raw.bytes.span.equals(field.name, "cookie") {
                if !cookies.isEmpty { cookies += "; ".utf8 }
                cookies += raw.part(field.value.lower, field.value.upper)
            } else {
                try add(FieldLine(name: field.name, value: field.value, known: field.known), raw)
            }
        }
        var raw = raw
        if !cookies.isEmpty {
            // RFC 9113, section 8.2.3: one field for servers of HTTP/1.
            let name = Array("cookie".utf8)
            let (start, extended) = extend(name + cookies)
            raw = extended
            let split = start + name.count
            try add(FieldLine(name: ByteSlice(start, split), value: ByteSlice(split, split + cookies.count)), raw)
        }
        try finish(block, hasBody: hasBody, raw)
    }

    private mutating func add(_ line: FieldLine, _ raw: UnsafeRawBufferPointer) throws(GatewayError) {
        do throws(SyntaxFault) {
            try append(line, raw.bytes.span)
        } catch {
            throw error.downstream
        }
    }

    private mutating func finish(
        _ block: borrowing HeaderBlock, hasBody: Bool, _ raw: UnsafeRawBufferPointer
    ) throws(GatewayError) {
        let bytes = raw.bytes.span
        // As text a line is longer by its colon, its space and its end.
        head.byteCount = raw.count + 4 * (head.fields.lines.count + block.pseudo.count)
        head.host = block.pseudo.target
        if head.method == .connect { throw GatewayError(.methodNotAllowed, .method, "CONNECT is not served") }
        guard RequestTarget.isValidHost(bytes, head.host) else {
            throw GatewayError(.badRequest, .host, head.host.isEmpty ? "Host is missing" : "malformed Host")
        }
        head.isAsterisk = head.target.count == 1 && bytes[head.target.lower] == 0x2A
        if !head.isAsterisk { try RequestTarget.split(bytes, head.target.lower, head.target.upper, &head) }
        head.framing = hasBody ? block.contentLength.map { .length($0) } ?? .chunked : .none
        try completeCommon(bytes)
        head.keepAlive = true
    }
}
