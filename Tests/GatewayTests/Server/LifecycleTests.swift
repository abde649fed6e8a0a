import GatewayMetrics
import Locking
import TestSupport
import Testing

@testable import Gateway

@Suite struct LifecycleTests {
    private let get = "GET /api/v1/erp/x HTTP/1.1\r\nHost: h\r\n\r\n"

    @Test func `a drain answers what is in flight, closes idle connections and accepts nothing more`() throws {
        let asked = Signal()
        let mayAnswer = Signal()
        let upstream = try ScriptedUpstream { peer, _ in
            while let head = peer.head() {
                if head.contains("/slow") {
                    asked.set()
                    _ = eventually { mayAnswer.isSet }
                }
                peer.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
            }
        }
        let fixture = try PlaneFixture(upstreams: [upstream.port])
        let idle = try fixture.client()
        idle.send(get)
        #expect(idle.response()?.status == 200)
        let busy = try fixture.client()
        busy.send("GET /api/v1/erp/slow HTTP/1.1\r\nHost: h\r\n\r\n")
        #expect(eventually { asked.isSet })
        let drained = fixture.plane.drain(deadlineNanos: 20_000_000_000)
        #expect(idle.isClosed())
        #expect(fixture.plane.isDraining)
        #expect(eventually { (try? fixture.client()) == nil })
        mayAnswer.set()
        let response = try #require(busy.response())
        #expect(response.text == "ok")
        #expect(response.field("Connection") == "close")
        #expect(busy.isClosed())
        drained.wait()
        #expect(fixture.stop().count == 2)
    }

    @Test func `a drain ends at its deadline`() throws {
        let asked = Signal()
        let upstream = try ScriptedUpstream { peer, _ in
            _ = peer.head()
            asked.set()
            _ = peer.rest()
        }
        let fixture = try PlaneFixture(upstreams: [upstream.port])
        let client = try fixture.client()
        client.send(get)
        #expect(eventually { asked.isSet })
        fixture.plane.drain(deadlineNanos: 50_000_000).wait()
        #expect(client.response()?.status == 503)
        #expect(client.isClosed())
        let line = fixture.stop().first ?? ""
        #expect(line.contains(#""status":503"#) && line.contains(#""error_code":"OVERLOADED""#), "\(line)")
    }

    @Test func `requests over HTTP/2 that a drain's deadline cuts off are answered, each`() throws {
        let asked = Locked(0)
        let upstream = try ScriptedUpstream { peer, _ in
            _ = peer.head()
            asked.withLock { $0 += 1 }
            _ = peer.rest()
        }
        let fixture = try PlaneFixture(upstreams: [upstream.port])
        let client = try fixture.client()
        let session = HTTP2Session(client)
        for _ in 0..<3 { #expect(session.get("/x") != nil) }
        #expect(eventually { asked.withLock { $0 == 3 } })
        fixture.plane.drain(deadlineNanos: 50_000_000).wait()
        #expect(session.read { $0.sections.count == 3 })
        #expect(session.endpoint.sections.allSatisfy { $0.first == WireField(":status", "503") })
        let lines = fixture.stop()
        #expect(lines.count == 3)
        #expect(lines.allSatisfy { $0.contains(#""status":503"#) && $0.contains(#""error_code":"OVERLOADED""#) })
    }

    @Test func `a tunnel that a drain's deadline cuts off is logged`() throws {
        let switched = Signal()
        let upstream = try ScriptedUpstream { peer, _ in
            _ = peer.head()
            peer.send("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
            switched.set()
            _ = peer.rest()
        }
        let fixture = try PlaneFixture(upstreams: [upstream.port])
        let client = try fixture.client()
        client.send(
            "GET /api/v1/erp/x HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n")
        #expect(client.takeHead()?.hasPrefix("HTTP/1.1 101 ") == true)
        #expect(eventually { switched.isSet })
        fixture.plane.drain(deadlineNanos: 50_000_000).wait()
        #expect(client.isClosed())
        let lines = fixture.stop()
        #expect(lines.count == 1)
        #expect(lines.first?.contains(#""status":101"#) == true, "\(lines)")
    }

    @Test func `a body that decides nothing is not read`() throws {
        let handler = LocalHandler {
            $0.hasPrefix("/api/admin/")
        } wantsBody: { request in
            request.header("authorization") != nil
        } answer: { request, reply in
            reply(LocalResponse(status: request.body.isEmpty ? 401 : 200, contentType: ""))
            return true
        }
        let fixture = try PlaneFixture(cells: [], local: handler)
        let start = "PUT /api/admin/x HTTP/1.1\r\nHost: h\r\n"
        for more in ["Content-Length: 100000\r\n\r\n", "Content-Length: 5\r\nExpect: 100-continue\r\n\r\n"] {
            let client = try fixture.client()
            client.send(start + more)
            // Neither the body nor an interim answer is waited for.
            #expect(client.takeHead()?.hasPrefix("HTTP/1.1 401 ") == true)
            #expect(client.isClosed())
        }
        let client = try fixture.client()
        client.send(start + "Authorization: x\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n")
        #expect(client.takeHead()?.hasPrefix("HTTP/1.1 100 ") == true)
        client.send("12345")
        #expect(client.response()?.status == 200)
        fixture.stop()
    }

    @Test func `cells come and go while connections stay`() throws {
        let upstream = try ScriptedUpstream.echo()
        let fixture = try PlaneFixture(upstreams: [upstream.port])
        let client = try fixture.client()
        client.send(get)
        #expect(client.response()?.status == 200)
        fixture.apply([])
        client.send(get)
        #expect(client.response()?.status == 404)
        fixture.apply([
            PlaneFixture.cell("other", [upstream.port]), PlaneFixture.cell("erp", [upstream.port]),
        ])
        client.send(get)
        #expect(client.response()?.status == 200)
        #expect(
            fixture.metric(#"gateway_requests_total{tenant="_none",cell="erp",method="GET",code="200"}"#, becomes: 2))
        fixture.stop()
    }

    @Test func `requests go in turn to the upstreams that answer their checks`() throws {
        let good = try ScriptedUpstream.echo()
        let bad = try ScriptedUpstream { peer, _ in
            while let head = peer.head() {
                let status = head.hasPrefix("GET /health") ? 500 : 200
                peer.send("HTTP/1.1 \(status) x\r\nContent-Length: 3\r\n\r\nbad")
            }
        }
        let check = HealthCheck(path: "/health", intervalNanos: 30_000_000, timeoutNanos: 5_000_000_000)
        let cell = PlaneFixture.cell("erp", [good.port, bad.port], health: check)
        let fixture = try PlaneFixture(cells: [cell])
        #expect(
            eventually {
                fixture.plane.health().first?.upstreams.map(\.status) == [.up, .down]
            })
        #expect(fixture.plane.health().first?.status == .up)
        for _ in 0..<6 { #expect(try fixture.status(get) == 200) }
        let client = try fixture.client()
        for _ in 0..<6 {
            client.send(get)
            #expect(client.response()?.text != "bad")
        }
        #expect(fixture.metric(#"gateway_upstream_healthy{cell="erp",upstream="127.0.0.1:\#(bad.port)"}"#, becomes: 0))
        #expect(fixture.metric(#"gateway_upstream_healthy{cell="erp",upstream="127.0.0.1:\#(good.port)"}"#, becomes: 1))
        fixture.apply([PlaneFixture.cell("erp", [good.port, bad.port])])
        var answers = Set<String>()
        for _ in 0..<4 {
            client.send(get)
            answers.insert(client.response()?.text ?? "")
        }
        #expect(answers.count == 2)
        fixture.stop()
    }

    @Test func `a cell with no healthy upstream is answered at once`() throws {
        let check = HealthCheck(path: "/health", intervalNanos: 30_000_000)
        let fixture = try PlaneFixture(cells: [PlaneFixture.cell("erp", [try Loopback.freePort()], health: check)])
        #expect(eventually { fixture.plane.health().first?.status == .down })
        #expect(try fixture.status(get) == 502)
        fixture.stop()
    }

    @Test func `local routes are answered by the handler, on both listeners`() throws {
        let handler = LocalHandler {
            $0.hasPrefix("/api/admin/")
        } answer: { request, reply in
            let text = "\(request.method) \(request.path) \(request.query ?? "-") \(request.header("x-a") ?? "-")"
            reply(.text("\(text) \(String(decoding: request.body, as: UTF8.self)) \(request.isLoopback)"))
            return true
        }
        let fixture = try PlaneFixture(cells: [], local: handler)
        let io = try IOLoop()
        let server = LocalServer(listen: SocketEndpoint(host: "127.0.0.1", port: 0), io: io, handler: handler)
        let opsPort = try server.start().port
        for port in [fixture.port, opsPort] {
            let client = try RawClient(port: port)
            client.send("POST /api/admin/x?y=z HTTP/1.1\r\nHost: h\r\nX-A: b\r\nContent-Length: 5\r\n\r\nhel")
            client.send("lo")
            #expect(client.response()?.text == "POST /api/admin/x y=z b hello true")
            client.send("HEAD /api/admin/x HTTP/1.1\r\nHost: h\r\n\r\nGET /nothing HTTP/1.1\r\nHost: h\r\n\r\n")
            #expect(client.response(toHead: true)?.status == 200)
            let missing = try #require(client.response())
            #expect(missing.status == 404)
            #expect(missing.text.contains(#""code":"NOT_FOUND""#))
            client.send("POST /nothing HTTP/1.1\r\nHost: h\r\nContent-Length: 99999999\r\n\r\n")
            #expect(client.response()?.status == 404)
        }
        for port in [fixture.port, opsPort] {
            let client = try RawClient(port: port)
            client.send("OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n")
            #expect(client.response()?.status == 204)
        }
        server.drain(deadlineNanos: 0).wait()
        io.stop()
        #expect(fixture.stop().count == 5)
    }
}
