import Foundation
import TestSupport
import Testing

@Suite("Request ids, traces and logging, at the running gateway")
struct RequestIdentityTests {
    @Test("a request id of the client is kept: at the cell, in the response and in the log")
    func keptRequestID() throws {
        let cell = try HTTPStub { .status(200, body: Array(($0.header("X-Request-Id") ?? "-").utf8)) }
        let gateway = try GatewayProcess(GatewayProcess.cells(["erp": cell.port]))
        let id = "Order-7.a_" + String(repeating: "x", count: 118)
        let reply = try gateway.send("GET", "/api/v1/erp/x", headers: [("X-Request-Id", id)])
        #expect(reply.text == id && reply.header("X-Request-Id") == id)
        #expect(eventually { gateway.accessLines.contains { $0.requestID == id && $0.status == 200 } })
    }

    @Test("without a usable one a request id is made, and no two are the same")
    func madeRequestID() throws {
        let cell = try HTTPStub { .status(200, body: Array(($0.header("X-Request-Id") ?? "-").utf8)) }
        let gateway = try GatewayProcess(GatewayProcess.cells(["erp": cell.port]))
        let unusable: [[(String, String)]] = [
            [], [("X-Request-Id", "")], [("X-Request-Id", String(repeating: "x", count: 129))],
            [("X-Request-Id", "a b")], [("X-Request-Id", "a\"b")], [("X-Request-Id", "{}")],
        ]
        var made: Set<String> = []
        for headers in unusable {
            let reply = try gateway.send("GET", "/api/v1/erp/x", headers: headers)
            let id = try #require(reply.header("X-Request-Id"))
            #expect(reply.text == id && !headers.contains { $0.1 == id })
            made.insert(id)
        }
        #expect(made.count == unusable.count)
    }

    @Test("a trace is passed on with a new span, and started where there is none")
    func traces() throws {
        let cell = try HTTPStub {
            .status(200, body: Array("\($0.header("traceparent") ?? "-") \($0.header("tracestate") ?? "-")".utf8))
        }
        let gateway = try GatewayProcess(GatewayProcess.cells(["erp": cell.port]))
        let trace = "4bf92f3577b34da6a3ce929d0e0e4736"
        let passed = try gateway.send(
            "GET", "/api/v1/erp/x",
            headers: [("traceparent", "00-\(trace)-00f067aa0ba902b7-01"), ("tracestate", "vendor=1")])
        #expect(passed.text.hasPrefix("00-\(trace)-") && passed.text.hasSuffix(" vendor=1"))
        let started = try gateway.send("GET", "/api/v1/erp/x")
        #expect(started.text.wholeMatch(of: /00-[0-9a-f]{32}-[0-9a-f]{16}-0[0-9a-f] -/) != nil)
    }

    @Test("forwarding headers of a stranger are replaced, those of a trusted proxy are continued")
    func forwardingHeaders() throws {
        let cell = try HTTPStub { .status(200, body: Array(($0.header("X-Forwarded-For") ?? "-").utf8)) }
        let cells = GatewayProcess.cells(["erp": cell.port])
        let spoofed = [("X-Forwarded-For", "10.9.8.7")]
        let stranger = try GatewayProcess(cells)
        #expect(try stranger.send("GET", "/api/v1/erp/x", headers: spoofed).text == "127.0.0.1")
        let trusting = try GatewayProcess("trusted_proxies: [\"127.0.0.0/8\"]\n" + cells)
        let text = try trusting.send("GET", "/api/v1/erp/x", headers: spoofed).text
        #expect(text.hasPrefix("10.9.8.7"))
    }

    @Test("refused requests are logged too, with the tenant and the code, and no secret is written")
    func refusalsAreLogged() throws {
        let gateway = try GatewayProcess("tenancy: { required: true }\ncells: []\n")
        let secret = [("Authorization", "Bearer hunter2"), ("Cookie", "sid=hunter2")]
        _ = try gateway.send("GET", "/api/v1/erp/missing?token=hunter2", headers: secret)
        _ = try gateway.send("GET", "/api/v1/erp/bad", headers: [("X-Tenant-Id", "a,b")])
        _ = try gateway.send("GET", "/api/v1/erp/unknown", headers: secret + [("X-Tenant-Id", "acme")])
        #expect(eventually { gateway.accessLines.count == 3 })
        // Two event loops write; each line's place in the file is that of its loop.
        let lines = gateway.accessLines.sorted { ($0.path ?? "") < ($1.path ?? "") }
        #expect(lines.map(\.path) == ["/api/v1/erp/bad", "/api/v1/erp/missing", "/api/v1/erp/unknown"])
        #expect(lines.map(\.errorCode) == ["INVALID_TENANT_ID", "MISSING_TENANT_ID", "UNKNOWN_CELL"])
        #expect(lines.map(\.tenantSource) == ["rejected", "none", "header"])
        #expect(lines.last?.tenant == "acme")
        let text = try String(contentsOfFile: gateway.accessLogFile, encoding: .utf8)
        #expect(!text.contains("hunter2"))
    }

    @Test(
        "awkward text in a request leaves one valid JSON line",
        .enabled(if: Conformance.isPresent, "\(Conformance.absence)"))
    func awkwardStrings() throws {
        let cell = try HTTPStub { _ in .status(200) }
        let gateway = try GatewayProcess(GatewayProcess.cells(["erp": cell.port]))
        let all = try JSONDecoder().decode([String].self, from: Data(Conformance.bytes("http/blns/blns.json")))
        let strings = all.filter { !$0.utf8.contains { $0 < 32 || $0 == 127 } }
        for string in strings {
            let connection = try HTTPConnection(port: gateway.port)
            let head = "GET /api/v1/erp/x HTTP/1.1\r\nHost: a\r\nConnection: close\r\nUser-Agent: "
            connection.send(head + string + "\r\n\r\n")
            #expect(connection.receive() != nil)
        }
        let log = { try String(contentsOfFile: gateway.accessLogFile, encoding: .utf8) }
        #expect(try eventually { try log().split(separator: "\n").count >= strings.count })
        #expect(gateway.accessLines.count == strings.count)
    }
}
