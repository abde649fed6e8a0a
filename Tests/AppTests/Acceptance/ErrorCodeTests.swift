import Foundation
import TestSupport
import Testing

@Suite("Error codes and bodies, at the running gateway")
struct ErrorCodeTests {
    @Test("what the gateway doesn't know is 404, with the code that says which")
    func unknown() throws {
        let gateway = try GatewayProcess("cells: []\n")
        for target in ["/", "/api", "/api/v2/erp/x", "/API/v1/erp/x", "/api/v1x/erp"] {
            try expect(gateway.send("GET", target), 404, "NOT_FOUND", "\(target)")
        }
        try expect(gateway.send("GET", "/api/v1/nosuch/x"), 404, "UNKNOWN_CELL")
    }

    @Test("a path never leads out of its cell")
    func pathTricks() throws {
        let cell = try HTTPStub { _ in .status(200) }
        let gateway = try GatewayProcess(
            GatewayProcess.cells(["erp": cell.port]), environment: HealthSummary.environment)
        let targets = [
            "/api/v1/../admin/health-summary", "/api/v1/%2e%2e/admin/health-summary", "/api/v1/erp/../../admin",
            "/api/v1/erp%2Fx/y", "/api/v1/erp/%00", "/api/v1//erp/x", "/api/v1/erp\\x/y", "/api/v1/erp/%zz",
        ]
        for target in targets {
            let reply = try gateway.send("GET", target, headers: HealthSummary.authorization)
            #expect(reply.status == 400 || reply.status == 404, "\(target): \(reply.status)")
            #expect(reply.failure != nil, "\(target)")
        }
        #expect(cell.requests.isEmpty)
        #expect(try gateway.send("GET", "/api/v1/erp/a%252e%252e/b").status == 200)
        #expect(cell.requests.map(\.target) == ["/api/v1/erp/a%252e%252e/b"])
    }

    @Test("what is too large is refused with its own code")
    func tooLarge() throws {
        let cell = try HTTPStub { _ in .status(200) }
        let gateway = try GatewayProcess("limits: { body: 1000 }\n" + GatewayProcess.cells(["erp": cell.port]))
        let target = "/api/v1/erp/x"
        let long = String(repeating: "a", count: 9_000)
        try expect(gateway.send("GET", "\(target)?\(long)"), 414, "URI_TOO_LONG")
        try expect(gateway.send("GET", target, headers: [("X-Long", long)]), 431, "HEADERS_TOO_LARGE")
        let many = (0..<120).map { ("X-\($0)", "1") }
        try expect(gateway.send("GET", target, headers: many), 431, "HEADERS_TOO_LARGE")
        try expect(gateway.send("POST", target, body: [UInt8](repeating: 1, count: 1_001)), 413, "BODY_TOO_LARGE")
        #expect(cell.requests.isEmpty)
        #expect(try gateway.send("POST", target, body: [UInt8](repeating: 1, count: 1_000)).status == 200)
    }

    @Test("a chunked body that grows past the limit is cut off, and the cell never sees its end")
    func chunkedTooLarge() throws {
        let cell = try HTTPStub { _ in .status(200) }
        let gateway = try GatewayProcess("limits: { body: 1000 }\n" + GatewayProcess.cells(["erp": cell.port]))
        let connection = try HTTPConnection(port: gateway.port)
        connection.send("POST /api/v1/erp/x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
        let chunk = "1f4\r\n" + String(repeating: "x", count: 500) + "\r\n"
        for _ in 0..<3 { connection.send(chunk) }
        connection.send("0\r\n\r\n")
        let reply = try #require(connection.receive())
        try expect(reply, 413, "BODY_TOO_LARGE")
        #expect(cell.requests.isEmpty)
    }

    @Test("an upstream that is down, talks nonsense or stays silent has a code each")
    func upstreamFaults() throws {
        let nonsense = try HTTPStub { _ in .raw(Array("220 mail.example ESMTP\r\n\r\n".utf8)) }
        let double = try HTTPStub { _ in
            .raw(Array("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\nok".utf8))
        }
        let silent = try HTTPStub { _ in .silence }
        let gateway = try GatewayProcess(
            "timeouts: { response: 300ms }\n"
                + GatewayProcess.cells([
                    "down": try Loopback.freePort(), "nonsense": nonsense.port, "double": double.port,
                    "silent": silent.port,
                ]))
        try expect(gateway.send("GET", "/api/v1/down/x"), 502, "UPSTREAM_UNAVAILABLE")
        try expect(gateway.send("GET", "/api/v1/nonsense/x"), 502, "UPSTREAM_PROTOCOL_ERROR")
        try expect(gateway.send("GET", "/api/v1/double/x"), 502, "UPSTREAM_PROTOCOL_ERROR")
        try expect(gateway.send("GET", "/api/v1/silent/x"), 504, "UPSTREAM_TIMEOUT")
        silent.stop()
    }

    @Test("a response that ends before its announced length is never passed off as whole")
    func lyingLength() throws {
        let short = try HTTPStub { _ in .raw(Array("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort".utf8)) }
        let chunked = try HTTPStub { _ in
            .raw(Array("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nshort\r\n".utf8))
        }
        let gateway = try GatewayProcess(GatewayProcess.cells(["short": short.port, "chunked": chunked.port]))
        for target in ["/api/v1/short/x", "/api/v1/chunked/x"] {
            let connection = try HTTPConnection(port: gateway.port)
            connection.send("GET \(target) HTTP/1.1\r\nHost: a\r\n\r\n")
            let reply = connection.receive()
            #expect(reply == nil || reply?.isComplete == false || reply?.status == 502, "\(target)")
        }
    }

    @Test("an unknown expectation is 417, another major version 505, CONNECT no tunnel")
    func protocolRefusals() throws {
        let cell = try HTTPStub { _ in .status(200) }
        let gateway = try GatewayProcess(GatewayProcess.cells(["erp": cell.port]))
        try expect(
            gateway.send("POST", "/api/v1/erp/x", headers: [("Expect", "magic")], body: [1]), 417,
            "EXPECTATION_FAILED")
        let connection = try HTTPConnection(port: gateway.port)
        connection.send("GET /api/v1/erp/x HTTP/2.0\r\nHost: a\r\n\r\n")
        try expect(#require(connection.receive()), 505, "HTTP_VERSION_NOT_SUPPORTED")
        let tunnel = try HTTPConnection(port: gateway.port)
        tunnel.send("CONNECT 127.0.0.1:\(cell.port) HTTP/1.1\r\nHost: 127.0.0.1:\(cell.port)\r\n\r\n")
        try expect(#require(tunnel.receive()), 405, "METHOD_NOT_ALLOWED")
        #expect(cell.requests.isEmpty)
    }

    @Test("a head that never ends is 408 and the connection is closed")
    func slowHead() throws {
        let gateway = try GatewayProcess("timeouts: { head: 300ms }\ncells: []\n")
        let connection = try HTTPConnection(port: gateway.port)
        connection.send("GET /api/v1/erp/x HTTP/1.1\r\nHost: a\r\n")
        try expect(#require(connection.receive()), 408, "REQUEST_TIMEOUT")
        #expect(connection.receive() == nil)
    }

    @Test("pipelined requests are answered in order, up to a malformed one, which ends the connection")
    func pipelining() throws {
        let cell = try HTTPStub { .status(200, body: Array($0.target.utf8)) }
        let gateway = try GatewayProcess(GatewayProcess.cells(["erp": cell.port]))
        let connection = try HTTPConnection(port: gateway.port)
        var text = ""
        for number in 0..<20 { text += "GET /api/v1/erp/\(number) HTTP/1.1\r\nHost: a\r\n\r\n" }
        connection.send(text + "GET /api/v1/erp/bad HTTP/1.1\r\nHost: a\r\nBad Name: 1\r\n\r\n" + text)
        let replies = connection.receiveAll()
        #expect(replies.dropLast().map(\.text) == (0..<20).map { "/api/v1/erp/\($0)" })
        try expect(#require(replies.last), 400, "BAD_REQUEST")
        #expect(cell.requests.count == 20)
    }

    private func expect(
        _ reply: Reply, _ status: Int, _ code: String, _ what: Comment? = nil,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        #expect(reply.status == status, what, sourceLocation: sourceLocation)
        let failure = try #require(reply.failure, "body: \(reply.text)", sourceLocation: sourceLocation)
        #expect(failure.code == code, what, sourceLocation: sourceLocation)
        #expect(!failure.message.isEmpty, sourceLocation: sourceLocation)
        #expect(!failure.requestID.isEmpty, sourceLocation: sourceLocation)
        #expect(reply.header("Content-Type")?.hasPrefix("application/json") == true, sourceLocation: sourceLocation)
    }
}
