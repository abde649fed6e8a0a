import Testing

@Suite(
    "Cases of versions and methods, at the running gateway", .serialized,
    .gateway { peer in
        while let message = peer.message() {
            guard message.target.hasSuffix("/chunked") else { return peer.answer(message) }
            peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n")
        }
    })
struct VersionCaseTests {
    private static let refusals: [RefusedCase] = [
        .start("case 55: HTTP/1.2", "GET /api/v1/rec/x HTTP/1.2", reason: "version")
            .answered(505, "HTTP_VERSION_NOT_SUPPORTED"),
        .start("case 56: HTTP/2.0 as text", "GET /api/v1/rec/x HTTP/2.0", reason: "version")
            .answered(505, "HTTP_VERSION_NOT_SUPPORTED"),
        RefusedCase("case 57: HTTP/0.9", "GET /api/v1/rec/x\r\n", reason: "request_line"),
        .start("case 58: an unknown method", "FOO /api/v1/rec/x HTTP/1.1", reason: "method")
            .answered(501, "NOT_IMPLEMENTED").kept,
        .start("case 59: a method in lower case", "get /api/v1/rec/x HTTP/1.1", reason: "method")
            .answered(501, "NOT_IMPLEMENTED").kept,
    ]

    @Test("each is refused with its code, and the cell gets nothing", arguments: refusals)
    func refused(_ refused: RefusedCase) throws { try refused.check() }

    @Test(
        "case 54: HTTP/1.0 without keep-alive is served, never in chunks, and its connection closed",
        arguments: ["x", "chunked"])
    func oldVersion(_ name: String) throws {
        let bench = try CaseBench.booted()
        let seen = try bench.observe { connection in
            connection.send("GET /api/v1/rec/\(name) HTTP/1.0\r\nX-Tenant-Id: acme\r\n\r\n" + CaseBench.canary)
            return connection.receiveAll()
        }
        let reply = try #require(seen.replies.first)
        #expect(seen.replies.count == 1 && reply.status == 200 && reply.text == "ok" && reply.isComplete)
        #expect(reply.header("Transfer-Encoding") == nil)
        #expect(seen.ending == .ended)
        #expect(seen.forwarded.map(\.target) == ["/api/v1/rec/\(name)"])
        #expect(seen.lines.map(\.status) == [200])
        #expect(seen.counted == [CountedRequest(tenant: "acme", cell: "rec", method: "GET", code: 200): 1])
    }

    @Test("case 54: HTTP/1.0 with keep-alive keeps its connection where the length is known")
    func oldVersionKept() throws {
        let connection = try HTTPConnection(port: try CaseBench.booted().gateway.port)
        for _ in 0..<2 {
            connection.send("GET /api/v1/rec/x HTTP/1.0\r\nX-Tenant-Id: acme\r\nConnection: keep-alive\r\n\r\n")
            let reply = try #require(connection.receive())
            #expect(reply.status == 200 && reply.header("Connection") == "keep-alive")
        }
    }
}
