import Testing

@Suite("Cases of targets and Host, at the running gateway", .serialized, .gateway())
struct TargetCaseTests {
    private static func host(_ description: String, _ lines: String) -> RefusedCase {
        RefusedCase(
            description, "GET /api/v1/rec/x HTTP/1.1\r\n\(lines)X-Tenant-Id: acme\r\n\r\n", reason: "host")
    }

    private static let refusals: [RefusedCase] = [
        host("case 44: no Host in HTTP/1.1", ""),
        host("case 45: two Hosts", "Host: a\r\nHost: b\r\n"),
        host("case 45: two equal Hosts", "Host: a\r\nHost: a\r\n"),
        host("case 46: a space in Host", "Host: a b\r\n"),
        host("case 46: a comma in Host", "Host: a,b\r\n"),
        host("case 46: a path in Host", "Host: a/b\r\n"),
        host("case 46: a user in Host", "Host: a@b\r\n"),
        .start(
            "case 48: an absolute target without a cell", "GET http://169.254.169.254/ HTTP/1.1", reason: "not_found"
        )
        .answered(404, "NOT_FOUND").counted(cell: "_local").kept,
        .start(
            "case 48: an absolute target with the path of a metadata service",
            "GET http://169.254.169.254/latest/meta-data/ HTTP/1.1", reason: "not_found"
        ).answered(404, "NOT_FOUND").counted(cell: "_local").kept,
        .start("case 49: an authority as the target", "GET a:80 HTTP/1.1", reason: "target"),
        .start("case 50: CONNECT", "CONNECT 169.254.169.254:80 HTTP/1.1", reason: "method")
            .answered(405, "METHOD_NOT_ALLOWED"),
        .start("case 52: a target without a slash", "GET foo HTTP/1.1", reason: "target"),
        .start("case 53: a fragment in the target", "GET /api/v1/rec/x#y HTTP/1.1", reason: "target"),
    ]

    @Test("each is refused, and the cell gets nothing", arguments: refusals)
    func refused(_ refused: RefusedCase) throws { try refused.check() }

    private static func absolute(_ description: String, _ target: String) -> ServedCase {
        ServedCase(description, "GET \(target) HTTP/1.1\r\nHost: other\r\nX-Tenant-Id: acme\r\n\r\n")
    }

    private static let accepted: [ServedCase] = [
        absolute("case 47: the target's authority takes Host's place", "http://authority.test/api/v1/rec/x")
            .with("x-forwarded-host", "authority.test"),
        absolute("case 48: an absolute target is routed by its path alone", "http://169.254.169.254/api/v1/rec/x")
            .with("x-forwarded-host", "169.254.169.254"),
    ]

    @Test("an absolute target is served by its path, with the cell's own Host", arguments: accepted)
    func served(_ served: ServedCase) throws {
        let bench = try CaseBench.booted()
        try served.with("host", "127.0.0.1:\(bench.upstream.port)").check()
    }

    @Test("case 50: a refused CONNECT says what is allowed")
    func allowed() throws {
        let seen = try CaseBench.booted().observe("CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n")
        #expect(seen.replies.first?.header("Allow")?.contains("GET") == true)
    }

    @Test("case 51: OPTIONS * is answered by the gateway itself")
    func asterisk() throws {
        let seen = try CaseBench.booted().observe("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(seen.replies.map(\.status) == [204])
        #expect(seen.replies.first?.header("Allow")?.contains("POST") == true)
        #expect(seen.forwarded.isEmpty && seen.rejected.isEmpty)
        #expect(seen.lines.map(\.status) == [204])
        #expect(seen.counted == [CountedRequest(cell: "_local", method: "OPTIONS", code: 204): 1])
    }
}
