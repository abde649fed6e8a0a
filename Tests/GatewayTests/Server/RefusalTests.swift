import Foundation
import TestSupport
import Testing

@testable import Gateway

@Suite struct RefusalTests {
    private func request(_ start: String, _ lines: String = "") -> String {
        "\(start) HTTP/1.1\r\nHost: h\r\n\(lines)\r\n"
    }

    /// Start line, further lines, status and code.
    static let refusals: [(String, String, Int, String)] = [
        ("GET /api/v1/none/x", "X-Tenant-Id: a\r\n", 404, "UNKNOWN_CELL"),
        ("GET /api/v1x/erp", "X-Tenant-Id: a\r\n", 404, "NOT_FOUND"),
        ("GET /API/V1/erp", "X-Tenant-Id: a\r\n", 404, "NOT_FOUND"),
        ("GET /api/v1/erp", "", 400, "MISSING_TENANT_ID"),
        ("GET /api/v1/none", "", 400, "MISSING_TENANT_ID"),
        ("GET /api/v1/erp", "X-Tenant-Id: \r\n", 400, "MISSING_TENANT_ID"),
        ("GET /api/v1/erp", "X-Tenant-Id: a,b\r\n", 400, "INVALID_TENANT_ID"),
        ("GET /api/v1/erp", "X-Tenant-Id: a\r\nX-Tenant-Id: a\r\n", 400, "INVALID_TENANT_ID"),
        ("GET /api/v1/../admin", "X-Tenant-Id: a\r\n", 400, "BAD_REQUEST"),
        ("GET /api/v1/er%2Fp", "", 400, "BAD_REQUEST"),
        ("CONNECT h:80", "", 405, "METHOD_NOT_ALLOWED"),
        ("TRACE /api/v1/erp", "X-Tenant-Id: a\r\n", 405, "METHOD_NOT_ALLOWED"),
        ("FOO /api/v1/erp", "X-Tenant-Id: a\r\n", 501, "NOT_IMPLEMENTED"),
        ("get /api/v1/erp", "X-Tenant-Id: a\r\n", 501, "NOT_IMPLEMENTED"),
        ("POST /api/v1/erp", "X-Tenant-Id: a\r\nContent-Length: 99999999\r\n", 413, "BODY_TOO_LARGE"),
        ("POST /api/v1/erp", "X-Tenant-Id: a\r\nExpect: x\r\n", 417, "EXPECTATION_FAILED"),
        ("GET /\(String(repeating: "a", count: 9_000))", "", 414, "URI_TOO_LONG"),
        ("GET /api/v1/erp", "A: \(String(repeating: "a", count: 9_000))\r\n", 431, "HEADERS_TOO_LARGE"),
        ("GET /api/v1/erp", "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", 400, "BAD_REQUEST"),
    ]

    @Test func `a refusal has the contract's code and body, a log line, and reaches no upstream`() throws {
        let upstream = try ScriptedUpstream.echo()
        let fixture = try PlaneFixture(upstreams: [upstream.port]) { $0.tenancy.required = true }
        for (start, lines, status, code) in Self.refusals {
            let client = try fixture.client()
            client.send(request(start, lines))
            let response = try #require(client.response())
            #expect(response.status == status, "\(start)")
            let object = try #require(try JSONSerialization.jsonObject(with: Data(response.body)) as? [String: String])
            #expect(object["code"] == code, "\(start)")
            #expect(object.keys.sorted() == ["code", "message", "request_id"])
            #expect(object["request_id"] == response.field("X-Request-Id"))
            #expect(response.field("Content-Type") == "application/json")
            if status == 405 { #expect(response.field("Allow")?.contains("GET") == true) }
        }
        #expect(upstream.connections == 0)
        #expect(fixture.metric(#"gateway_rejected_total{reason="missing_tenant"}"#, becomes: 3))
        #expect(
            fixture.metric(#"gateway_requests_total{tenant="_none",cell="_unknown",method="_OTHER",code="501"}"#) == 2)
        let lines = fixture.stop()
        #expect(lines.count == Self.refusals.count)
        for (line, refusal) in zip(lines, Self.refusals) {
            #expect(line.contains(#""error_code":"\#(refusal.3)""#))
            #expect(try JSONSerialization.jsonObject(with: Data(line.utf8)) is [String: Any])
        }
        #expect(lines[6].contains(#""tenant":"a,b","tenant_source":"rejected""#))
    }

    @Test func `without the rule a request needs no tenant, but a malformed one is refused`() throws {
        let upstream = try ScriptedUpstream.echo()
        let fixture = try PlaneFixture(upstreams: [upstream.port])
        #expect(try fixture.status(request("GET /api/v1/erp")) == 200)
        #expect(try fixture.status(request("GET /api/v1/erp", "X-Tenant-Id: a b\r\n")) == 400)
        fixture.stop()
    }

    @Test func `a refusal without a body keeps the connection`() throws {
        let upstream = try ScriptedUpstream.echo()
        let fixture = try PlaneFixture(upstreams: [upstream.port])
        let client = try fixture.client()
        client.send(request("GET /api/v1/none") + request("HEAD /nothing") + request("GET /api/v1/erp"))
        #expect(client.response()?.status == 404)
        #expect(client.response(toHead: true)?.status == 404)
        #expect(client.response()?.status == 200)
        fixture.stop()
    }

    @Test func `43 a chunked body that crosses the limit is refused and its upstream broken off`() throws {
        let broken = Signal()
        let upstream = try ScriptedUpstream { peer, _ in
            _ = peer.head()
            if !String(decoding: peer.rest(), as: UTF8.self).hasSuffix("0\r\n\r\n") { broken.set() }
        }
        let fixture = try PlaneFixture(upstreams: [upstream.port]) { $0.limits.bodyBytes = 1_000 }
        let client = try fixture.client()
        client.send("POST /api/v1/erp HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n")
        for _ in 0..<11 { client.send("64\r\n\(String(repeating: "a", count: 100))\r\n") }
        #expect(client.response()?.status == 413)
        #expect(eventually { broken.isSet })
        fixture.stop()
    }

    @Test func `a bad chunk in the middle of a body is refused and its upstream broken off`() throws {
        let broken = Signal()
        let upstream = try ScriptedUpstream { peer, _ in
            _ = peer.head()
            if !String(decoding: peer.rest(), as: UTF8.self).hasSuffix("0\r\n\r\n") { broken.set() }
        }
        let fixture = try PlaneFixture(upstreams: [upstream.port])
        let client = try fixture.client()
        client.send("POST /api/v1/erp HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")
        client.send("zz\r\n")
        #expect(client.response()?.status == 400)
        #expect(eventually { broken.isSet })
        fixture.stop()
    }

    @Test func `84 85 a slow head and a slow body time out with 408`() throws {
        let upstream = try ScriptedUpstream { peer, _ in _ = peer.rest() }
        let fixture = try PlaneFixture(upstreams: [upstream.port]) {
            $0.timeouts.headNanos = 50_000_000
            $0.timeouts.bodyNanos = 50_000_000
        }
        let slowHead = try fixture.client()
        slowHead.send("GET /api/v1/erp HTTP/1.1\r\nHo")
        #expect(slowHead.response()?.status == 408)
        let slowBody = try fixture.client()
        slowBody.send("POST /api/v1/erp HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhe")
        #expect(slowBody.response()?.status == 408)
        #expect(slowBody.isClosed())
        #expect(fixture.metric(#"gateway_rejected_total{reason="timeout_head"}"#, becomes: 1))
        #expect(fixture.metric(#"gateway_rejected_total{reason="timeout_body"}"#, becomes: 1))
        fixture.stop()
    }

    @Test func `87 connections beyond the bound are closed, and places become free again`() throws {
        let upstream = try ScriptedUpstream.echo()
        let fixture = try PlaneFixture(upstreams: [upstream.port]) { $0.maxConnections = 2 }
        var held: [RawClient] = []
        for _ in 0..<2 {
            let client = try fixture.client()
            client.send(request("GET /api/v1/erp"))
            #expect(client.response()?.status == 200)
            held.append(client)
        }
        #expect(try fixture.client().isClosed())
        #expect(fixture.metric(#"gateway_rejected_total{reason="overloaded"}"#, becomes: 1))
        held.removeFirst()
        #expect(try eventually { try fixture.status(request("GET /api/v1/erp")) == 200 })
        fixture.stop()
    }
}
