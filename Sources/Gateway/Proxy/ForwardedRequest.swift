/// The head a cell's server gets, written anew from what was parsed.
///
/// Order: request line, Host, what passes through, then the gateway's own fields, so that nothing a client sends
/// takes their place. Hot path: benchmark `gateway`.
struct ForwardedRequest {
    /// Bytes that own fields need besides outside values.
    private static let fixedBytes = 640

    /// What of the head goes on unchanged.
    let stripPrefix: Int
    let upstreamHost: UnsafeRawBufferPointer
    let tenant: ByteSlice?
    let peer: ClientPeer

    /// The most bytes that ``write(_:_:_:to:)`` writes.
    func bound(_ head: borrowing RequestHead) -> Int {
        head.byteCount * 2 + Self.fixedBytes + upstreamHost.count + peer.text.count
    }

    /// Writes the head and returns its length; `raw` is the client's head.
    func write(
        _ head: borrowing RequestHead, _ identity: borrowing RequestIdentity, _ raw: UnsafeRawBufferPointer,
        to target: UnsafeMutableRawBufferPointer
    ) -> Int {
        let bytes = raw.bytes.span
        var writer = HeadWriter(target)
        writeStart(head, raw, &writer)
        writeFields(head.fields, bytes, raw, &writer)
        writeOwn(head, identity, bytes, raw, &writer)
        writer.append("\r\n")
        return writer.count
    }

    private func writeStart(_ head: borrowing RequestHead, _ raw: UnsafeRawBufferPointer, _ writer: inout HeadWriter) {
        writer.append(raw, head.methodName)
        writer.append(" ")
        let path = ByteSlice(head.path.lower + min(stripPrefix, head.path.count), head.path.upper)
        if path.isEmpty { writer.append("/") }
        writer.append(raw, path)
        if head.hasQuery {
            writer.append("?")
            writer.append(raw, head.query)
        }
        writer.append(" HTTP/1.1\r\nHost: ")
        writer.append(upstreamHost)
        writer.append("\r\n")
    }

    private func writeFields(
        _ fields: borrowing FieldSection, _ bytes: Span<UInt8>, _ raw: UnsafeRawBufferPointer,
        _ writer: inout HeadWriter
    ) {
        let names = fields.connectionNamesFields
        fields.forEach { line in
            if line.known != .other, line.known.isHopByHop || isReplaced(line.known) { return }
            if names, fields.isNamedByConnection(line.name, bytes) { return }
            writer.append(raw, line)
        }
    }

    /// Fields the gateway writes itself.
    @inline(__always)
    private func isReplaced(_ name: FieldName) -> Bool {
        switch name {
        case .host, .tenant, .requestID, .traceparent, .tracestate, .forwardedFor, .forwardedProto, .forwardedHost,
            .expect:
            true
        case .forwarded, .forwardedOther: !peer.isTrusted
        default: false
        }
    }

    private func writeOwn(
        _ head: borrowing RequestHead, _ identity: borrowing RequestIdentity, _ bytes: Span<UInt8>,
        _ raw: UnsafeRawBufferPointer, _ writer: inout HeadWriter
    ) {
        if let tenant {
            writer.append("X-Tenant-Id: ")
            writer.append(raw, tenant)
            writer.append("\r\n")
        }
        writer.append("X-Request-Id: ")
        writer.append(identity.requestID)
        writer.append("\r\ntraceparent: ")
        writer.append(identity.traceparent)
        writer.append("\r\n")
        if identity.keepsTracestate, head.fields.has(.tracestate) {
            for line in head.fields.lines where line.known == .tracestate { writer.append(raw, line) }
        }
        writeForwarded(head, raw, &writer)
        writeConnection(head, raw, &writer)
        if head.expectsContinue { writer.append("Expect: 100-continue\r\n") }
        switch head.framing {
        case .length(let length):
            writer.append("Content-Length: ")
            writer.append(decimal: length)
            writer.append("\r\n")
        case .chunked: writer.append("Transfer-Encoding: chunked\r\n")
        case .none, .untilClose: break
        }
    }

    /// What concerns this hop alone.
    private func writeConnection(
        _ head: borrowing RequestHead, _ raw: UnsafeRawBufferPointer, _ writer: inout HeadWriter
    ) {
        if head.wantsUpgrade, let line = head.fields.first(.upgrade) {
            writer.append("Connection: upgrade\r\nUpgrade: ")
            writer.append(raw, line.value)
            writer.append("\r\n")
        } else if head.acceptsTrailers {
            writer.append("TE: trailers\r\nConnection: te\r\n")
        }
    }

    private func writeForwarded(
        _ head: borrowing RequestHead, _ raw: UnsafeRawBufferPointer, _ writer: inout HeadWriter
    ) {
        writer.append("X-Forwarded-For: ")
        if peer.isTrusted {
            for line in head.fields.lines where line.known == .forwardedFor && !line.value.isEmpty {
                writer.append(raw, line.value)
                writer.append(", ")
            }
        }
        writer.append(peer.text.bytes)
        if peer.isTrusted, let line = head.fields.first(.forwardedProto) {
            writer.append("\r\nX-Forwarded-Proto: ")
            writer.append(raw, line.value)
            writer.append("\r\n")
        } else {
            writer.append(peer.isSecure ? "\r\nX-Forwarded-Proto: https\r\n" : "\r\nX-Forwarded-Proto: http\r\n")
        }
        if peer.isTrusted, let line = head.fields.first(.forwardedHost) {
            writer.append("X-Forwarded-Host: ")
            writer.append(raw, line.value)
            writer.append("\r\n")
        } else if !head.host.isEmpty {
            writer.append("X-Forwarded-Host: ")
            writer.append(raw, head.host)
            writer.append("\r\n")
        }
    }
}
