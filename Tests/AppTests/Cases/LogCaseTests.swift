import Foundation
import TestSupport
import Testing

/// ``CaseBench`` reads every line as JSON, so that a broken one fails any case.
@Suite(
    "Cases of the access log, at the running gateway", .serialized,
    .gateway(CaseBench.defaults + "limits: { head: 65536, field: 32768 }\n"))
struct LogCaseTests {
    private static let head = "GET /api/v1/rec/x HTTP/1.1\r\nHost: a\r\nX-Tenant-Id: acme\r\nConnection: close\r\n"

    private static func agent(_ bytes: [UInt8]) -> [UInt8] {
        Array((head + "User-Agent: ").utf8) + bytes + Array("\r\n\r\n".utf8)
    }

    @Test("case 80: quotes, backslashes and tabs in a user agent leave one JSON line with the same text")
    func quotes() throws {
        let text = #"a"b\c\u0022 {"x":1}"# + "\t/"
        let seen = try CaseBench.booted().observe(Self.agent(Array(text.utf8)))
        #expect(seen.replies.map(\.status) == [200])
        #expect(seen.lines.map(\.userAgent) == [text])
    }

    @Test(
        "case 80: escapes and line ends in a user agent are refused and leave one JSON line",
        arguments: ["\u{1B}[31mred", "a\u{0}b", "a\rb", "a\u{7F}"])
    func controls(_ text: String) throws {
        let seen = try CaseBench.booted().observe(Self.agent(Array(text.utf8)))
        seen.replies.first?.expectFailure(400, "BAD_REQUEST")
        #expect(seen.lines.map(\.errorCode) == ["BAD_REQUEST"])
        #expect(seen.forwarded.isEmpty)
    }

    @Test("case 80: an encoded line end or quote in a path leaves one JSON line", arguments: ["%0a", "%22", "\""])
    func paths(_ text: String) throws {
        let path = "/api/v1/rec/a\(text)b"
        let seen = try CaseBench.booted().observe(
            "GET \(path) HTTP/1.1\r\nHost: a\r\nX-Tenant-Id: acme\r\nConnection: close\r\n\r\n")
        #expect(seen.lines.map(\.path) == [path])
    }

    @Test("case 81: bytes that are no UTF-8 become U+FFFD")
    func invalidUTF8() throws {
        let seen = try CaseBench.booted().observe(Self.agent([0x61, 0xFF, 0x62, 0xC3, 0x28]))
        #expect(seen.replies.map(\.status) == [200])
        #expect(seen.lines.map(\.userAgent) == ["a\u{FFFD}b\u{FFFD}("])
    }

    @Test("case 82: a user agent of 16 KB is cut, and the line says so")
    func longAgent() throws {
        let bench = try CaseBench.booted()
        let seen = try bench.observe(Self.agent([UInt8](repeating: 0x78, count: 16_000)))
        #expect(seen.replies.map(\.status) == [200])
        #expect(seen.lines.map(\.truncated) == [true])
        #expect(seen.lines.first?.userAgent?.allSatisfy { $0 == "x" } == true)
        #expect((1...256).contains(seen.lines.first?.userAgent?.count ?? 0))
        let short = try bench.observe(Self.agent(Array("short".utf8)))
        #expect(short.lines.map(\.truncated) == [nil])
    }

    @Test("case 83: no secret of a request is written, whether it is served or refused", arguments: ["acme", "a,b"])
    func secrets(_ tenant: String) throws {
        let bench = try CaseBench.booted()
        let secret = "hunter2-\(tenant.utf8.count)"
        let seen = try bench.observe(
            "GET /api/v1/rec/x?token=\(secret)&access_token=\(secret) HTTP/1.1\r\nHost: a\r\nX-Tenant-Id: \(tenant)\r\n"
                + "Authorization: Bearer \(secret)\r\nCookie: sid=\(secret)\r\nProxy-Authorization: \(secret)\r\n"
                + "Connection: close\r\n\r\n")
        #expect(seen.lines.count == 1)
        let text = try String(contentsOfFile: bench.gateway.accessLogFile, encoding: .utf8)
        #expect(!text.contains(secret))
        #expect(!bench.gateway.child.standardError.contains(secret))
    }

    @Test("case 83: an allowed query key that names a secret is redacted all the same")
    func allowedSecrets() throws {
        let upstream = try RecordingUpstream()
        let gateway = try GatewayProcess(
            GatewayProcess.cells(["rec": upstream.port]),
            environment: ["GATEWAY_ACCESS_LOG_QUERY_KEYS": "token,page"])
        #expect(try gateway.send("GET", "/api/v1/rec/x?page=2&token=hunter2&other=hunter3").status == 200)
        #expect(eventually { gateway.accessLines.count == 1 })
        let query = gateway.accessLines.first?.query ?? ""
        #expect(query.hasPrefix("page=2&token="))
        #expect(!query.contains("hunter"))
        #expect(upstream.messages.map(\.target) == ["/api/v1/rec/x?page=2&token=hunter2&other=hunter3"])
    }
}
