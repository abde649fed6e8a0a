import Testing

@testable import Gateway

@Suite struct ForwardedRequestTests {
    /// The lines an upstream gets for a client's head.
    private func forward(
        _ text: String, trusted: Bool = false, strip: Int = 0, tenant: Bool = false
    ) throws -> [String] {
        let source = Array(text.utf8)
        var parser = RequestHeadParser(limits: MessageLimits(), tenantHeader: "X-Tenant-Id")
        #expect(try parser.parse(source.span))
        var identity = RequestIdentity()
        var random = FastRandom(seed: 1, 2)
        identity.adopt(source.span, parser.head.fields, &random)
        var id: ByteSlice?
        if case .named(let slice) = TenantRule.judge(source.span, parser.head.fields) { id = slice }
        let request = ForwardedRequest(
            stripPrefix: strip, upstreamHost: ClientPeer.upstream, tenant: id, peer: ClientPeer(trusted: trusted))
        let out = UnsafeMutableRawBufferPointer.allocate(byteCount: request.bound(parser.head), alignment: 1)
        defer { out.deallocate() }
        let length = source.withUnsafeBytes { request.write(parser.head, identity, $0, to: out) }
        let lines = String(decoding: out[..<length], as: UTF8.self).components("\r\n")
        #expect(lines.suffix(2) == ["", ""])
        return Array(lines.dropLast(2))
    }

    @Test func `hop-by-hop fields and what Connection names are left out`() throws {
        let lines = try forward(
            "GET /a HTTP/1.1\r\nHost: h\r\nConnection: close, X-A, x-tenant-id\r\nX-A: 1\r\nx-b: 2\r\nKeep-Alive: 1\r\n"
                + "Proxy-Connection: x\r\nProxy-Authorization: x\r\nTE: gzip\r\nTrailer: x\r\nUpgrade: websocket\r\n"
                + "X_Under: 1\r\nX-Tenant-Id: acme\r\nHTTP2-Settings: x\r\n\r\n")
        let names = lines.dropFirst().map { $0.prefix { $0 != ":" }.lowercased() }
        #expect(
            names == [
                "host", "x-b", "x-tenant-id", "x-request-id", "traceparent", "x-forwarded-for", "x-forwarded-proto",
                "x-forwarded-host",
            ])
        #expect(lines.contains("X-Tenant-Id: acme"))
        #expect(lines[0] == "GET /a HTTP/1.1")
        #expect(lines[1] == "Host: up:1")
    }

    @Test func `70 forwarding fields of an untrusted peer are replaced`() throws {
        let text =
            "GET /a HTTP/1.1\r\nHost: h\r\nX-Forwarded-For: 1.1.1.1\r\nX-Forwarded-Proto: https\r\n"
            + "X-Forwarded-Host: evil\r\nX-Forwarded-Prefix: /p\r\nForwarded: for=1.1.1.1\r\nX-Real-IP: 1.1.1.1\r\n\r\n"
        let untrusted = try forward(text)
        #expect(untrusted.contains("X-Forwarded-For: 10.0.0.9"))
        #expect(untrusted.contains("X-Forwarded-Proto: http"))
        #expect(untrusted.contains("X-Forwarded-Host: h"))
        #expect(!untrusted.contains { $0.contains("1.1.1.1") || $0.contains("/p") || $0.contains("evil") })
        let trusted = try forward(text, trusted: true)
        #expect(trusted.contains("X-Forwarded-For: 1.1.1.1, 10.0.0.9"))
        #expect(trusted.contains("X-Forwarded-Proto: https"))
        #expect(trusted.contains("X-Forwarded-Host: evil"))
        #expect(trusted.contains("Forwarded: for=1.1.1.1"))
        #expect(trusted.contains("X-Forwarded-Prefix: /p"))
    }

    @Test func `a well-formed id and trace are taken over, others made`() throws {
        let trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
        let kept = try forward(
            "GET /a HTTP/1.1\r\nHost: h\r\nX-Request-Id: abc.1_-\r\ntraceparent: \(trace)\r\ntracestate: a=b\r\n\r\n")
        #expect(kept.contains("X-Request-Id: abc.1_-"))
        #expect(kept.contains("traceparent: \(trace)"))
        #expect(kept.contains("tracestate: a=b"))
        let made = try forward(
            "GET /a HTTP/1.1\r\nHost: h\r\nX-Request-Id: a b\r\ntraceparent: 00-0-0-01\r\ntracestate: a=b\r\n\r\n")
        #expect(!made.contains { $0.hasPrefix("tracestate") || $0 == "X-Request-Id: a b" })
        #expect(made.contains { $0.hasPrefix("traceparent: 00-") && $0.count == 68 })
    }

    @Test(arguments: [
        ("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", true),
        ("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-x", false),
        ("01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-x", true),
        ("ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", false),
        ("00-00000000000000000000000000000000-b7ad6b7169203331-01", false),
        ("00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01", false),
        ("00-0AF7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", false),
        ("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331", false),
    ])
    func `traceparent is checked by W3C's rules`(value: String, isValid: Bool) {
        let bytes = Array(value.utf8)
        #expect(RequestIdentity.isValidTraceparent(bytes.span, ByteSlice(0, bytes.count)) == isValid)
    }

    @Test func `an absolute target becomes a path, its authority the forwarded host`() throws {
        let lines = try forward("GET http://real:81/x?y HTTP/1.1\r\nHost: other\r\n\r\n")
        #expect(lines[0] == "GET /x?y HTTP/1.1")
        #expect(lines.contains("X-Forwarded-Host: real:81"))
        #expect(try forward("GET http://real HTTP/1.1\r\nHost: other\r\n\r\n")[0] == "GET / HTTP/1.1")
    }

    @Test func `a prefix is stripped where the cell wants it`() throws {
        #expect(try forward("GET /api/v1/erp/x HTTP/1.1\r\nHost: h\r\n\r\n", strip: 11)[0] == "GET /x HTTP/1.1")
        #expect(try forward("GET /api/v1/erp?q HTTP/1.1\r\nHost: h\r\n\r\n", strip: 11)[0] == "GET /?q HTTP/1.1")
    }

    @Test func `the body's framing is written anew`() throws {
        let sized = try forward("POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 007\r\n\r\n")
        #expect(sized.contains("Content-Length: 7"))
        let chunked = try forward(
            "POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding:  CHUNKED\r\nTE: trailers\r\nExpect: 100-Continue\r\n\r\n"
        )
        #expect(chunked.contains("Transfer-Encoding: chunked"))
        #expect(chunked.contains("TE: trailers"))
        #expect(chunked.contains("Expect: 100-continue"))
    }
}

extension String {
    /// The pieces between separators.
    func components(_ separator: String) -> [String] {
        var pieces: [String] = []
        var rest = self[...]
        while let range = rest.firstRange(of: separator) {
            pieces.append(String(rest[..<range.lowerBound]))
            rest = rest[range.upperBound...]
        }
        return pieces + [String(rest)]
    }
}
