import Testing

@Suite("Cases of sizes, at the running gateway", .serialized, .gateway(CaseBench.defaults + "limits: { body: 1000 }\n"))
struct SizeCaseTests {
    private static func many(_ count: Int, bytes: Int) -> String {
        (0..<count).map { "A\($0): " + String(repeating: "b", count: bytes) }.joined(separator: "\r\n")
    }

    private static let refusals: [RefusedCase] = [
        .line("case 39: header lines of 17 KB", many(4, bytes: 4_350), reason: "header_overflow")
            .answered(431, "HEADERS_TOO_LARGE"),
        .line("case 39: one header line of 9 KB", many(1, bytes: 9_000), reason: "header_overflow")
            .answered(431, "HEADERS_TOO_LARGE"),
        .line("case 40: 101 header lines", many(99, bytes: 1), reason: "header_overflow")
            .answered(431, "HEADERS_TOO_LARGE"),
        .start(
            "case 41: a target of 9 KB", "GET /api/v1/rec/\(String(repeating: "a", count: 9_000)) HTTP/1.1",
            reason: "uri_too_long"
        ).answered(414, "URI_TOO_LONG"),
        .start(
            "case 41: a target that never ends", "GET /api/v1/rec/\(String(repeating: "a", count: 40_000))",
            reason: "uri_too_long"
        ).answered(414, "URI_TOO_LONG"),
        .post(
            "case 42: a body larger than the limit by Content-Length is 413 before it is read", "Content-Length: 1001",
            body: "", reason: "body_too_large"
        ).answered(413, "BODY_TOO_LARGE").by("acme", "header").counted(cell: "rec").alone,
        .post(
            "case 42: so is one that has been sent", "Content-Length: 2000", body: String(repeating: "a", count: 2_000),
            reason: "body_too_large"
        ).answered(413, "BODY_TOO_LARGE").by("acme", "header").counted(cell: "rec"),
        .post(
            "case 43: a chunked body that crosses the limit is 413 in the middle of it", "Transfer-Encoding: chunked",
            body: String(repeating: "64\r\n\(String(repeating: "a", count: 100))\r\n", count: 11) + "0\r\n\r\n",
            reason: "body_too_large"
        ).begun.answered(413, "BODY_TOO_LARGE"),
    ]

    @Test("each has a code of its own and ends the connection, and the cell gets no whole message", arguments: refusals)
    func refused(_ refused: RefusedCase) throws { try refused.check() }

    private static let accepted: [ServedCase] = [
        .get("case 39: header lines below both limits are served", many(3, bytes: 4_000) + "\r\n"),
        .get("case 40: 100 header lines are served", many(98, bytes: 1) + "\r\n"),
        .get(
            "case 41: a target of 8 KB is served", "", target: "/api/v1/rec/\(String(repeating: "a", count: 8_000))"),
    ]

    @Test("what keeps within the limits is served", arguments: accepted)
    func served(_ served: ServedCase) throws { try served.check() }
}
