import TestSupport
import Testing

@testable import Gateway

@Suite struct ForwardingTests {
    private let get = "GET /api/v1/erp/x HTTP/1.1\r\nHost: h\r\nX-Tenant-Id: acme\r\n\r\n"

    @Test func `a request reaches its cell and is answered, counted and logged`() throws {
        let upstream = try ScriptedUpstream.echo()
        let fixture = try PlaneFixture(upstreams: [upstream.port])
        let client = try fixture.client()
        client.send(get.replacing("\r\n\r\n", with: "\r\nX-Request-Id: r1\r\nUser-Agent: t\r\n\r\n"))
        let response = try #require(client.response())
        #expect(response.status == 200)
        #expect(response.text == "GET /api/v1/erp/x HTTP/1.1|")
        #expect(response.field("X-Request-Id") == "r1")
        #expect(
            fixture.metric(#"gateway_requests_total{tenant="acme",cell="erp",method="GET",code="200"}"#, becomes: 1))
        #expect(fixture.metric(#"gateway_requests_in_flight{cell="erp"}"#, becomes: 0))
        let lines = fixture.stop()
        #expect(lines.count == 1)
        let line = lines.first ?? ""
        for part in [
            #""tenant":"acme""#, #""request_id":"r1""#, #""cell":"erp""#, #""status":200"#, #""attempts":1"#,
            #""upstream":"127.0.0.1:\#(upstream.port)""#, #""path":"/api/v1/erp/x""#, #""user_agent":"t""#,
        ] { #expect(line.contains(part), "\(part)") }
    }

    @Test func `88 pipelined requests are answered in order on one upstream connection`() throws {
        let upstream = try ScriptedUpstream.echo()
        let fixture = try PlaneFixture(upstreams: [upstream.port])
        let client = try fixture.client()
        client.send((0..<20).map { "GET /api/v1/erp/\($0) HTTP/1.1\r\nHost: h\r\n\r\n" }.joined())
        for number in 0..<20 {
            #expect(client.response()?.text == "GET /api/v1/erp/\(number) HTTP/1.1|")
        }
        #expect(upstream.connections == 1)
        #expect(fixture.stop().count == 20)
    }

    @Test func `cells with the same upstream share its idle connections`() throws {
        let upstream = try ScriptedUpstream.echo()
        let fixture = try PlaneFixture(
            cells: ["erp", "crm"].map { PlaneFixture.cell($0, [upstream.port]) })
        let client = try fixture.client()
        for cell in ["erp", "crm", "erp"] {
            client.send(get.replacing("/erp/", with: "/\(cell)/"))
            #expect(client.response()?.text == "GET /api/v1/\(cell)/x HTTP/1.1|")
        }
        #expect(upstream.connections == 1)
        func connections(_ cell: String) -> String {
            #"gateway_upstream_connections{cell="\#(cell)",upstream="127.0.0.1:\#(upstream.port)",state="idle"}"#
        }
        #expect(fixture.metric(connections("erp"), becomes: 1))
        #expect(fixture.metric(connections("crm"), becomes: 0))
        // A cell that goes takes along what it used last, and no more.
        client.send(get.replacing("/erp/", with: "/crm/"))
        #expect(client.response()?.status == 200)
        fixture.apply([PlaneFixture.cell("crm", [upstream.port])])
        client.send(get.replacing("/erp/", with: "/crm/"))
        #expect(client.response()?.status == 200)
        #expect(upstream.connections == 1)
        fixture.stop()
    }

    @Test func `of many cells each request is counted with its own, also after the cells have changed`() throws {
        let upstream = try ScriptedUpstream.echo()
        // So many that their memory is asked for ahead of time.
        let names = (0..<300).map { "cell-\($0)" }
        let fixture = try PlaneFixture(cells: names.map { PlaneFixture.cell($0, [upstream.port]) })
        let client = try fixture.client()
        func ask(_ names: [String], times: Double) {
            for name in names {
                client.send(get.replacing("/erp/", with: "/\(name)/"))
                #expect(client.response()?.text == "GET /api/v1/\(name)/x HTTP/1.1|")
                let requests = #"gateway_requests_total{tenant="acme",cell="\#(name)",method="GET",code="200"}"#
                #expect(fixture.metric(requests, becomes: times))
            }
        }
        for times in 1...2 { ask(["cell-0", "cell-299"], times: Double(times)) }
        fixture.apply(names.reversed().dropLast().map { PlaneFixture.cell($0, [upstream.port]) })
        ask(["cell-299"], times: 3)
        ask(["cell-1"], times: 1)
        fixture.apply([PlaneFixture.cell("cell-1", [upstream.port])])
        ask(["cell-1"], times: 2)
        #expect(fixture.stop().count == 7)
    }

    @Test func `a cell is found by its whole name`() throws {
        let upstream = try ScriptedUpstream.echo()
        let longest = String(repeating: "x", count: 63)
        let names = ["a", "cell", "cell-1", "cell-10", longest]
        let fixture = try PlaneFixture(cells: names.map { PlaneFixture.cell($0, [upstream.port]) })
        for name in names { #expect(try fixture.status(get.replacing("/erp/", with: "/\(name)/")) == 200) }
        for name in ["b", "cel", "cell-", "cell-100", "CELL", String(longest.dropLast()), longest + "x"] {
            #expect(try fixture.status(get.replacing("/erp/", with: "/\(name)/")) == 404)
        }
        fixture.stop()
    }

    @Test func `other cells' idle connections do not lift a pool's limit`() throws {
        let release = Gate()
        let upstream = try ScriptedUpstream { peer, _ in
            while let head = peer.head() {
                if head.contains("/slow") { release.wait() }
                peer.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
            }
        }
        let fixture = try PlaneFixture(cells: ["erp", "crm"].map { PlaneFixture.cell($0, [upstream.port]) }) {
            $0.pool.maxActive = 1
        }
        let slow = try fixture.client()
        slow.send(get.replacing("/x", with: "/slow"))
        #expect(eventually { upstream.connections == 1 })
        #expect(try fixture.status(get.replacing("/erp/", with: "/crm/")) == 200)
        #expect(try fixture.status(get) == 503)
        #expect(try fixture.status(get.replacing("/erp/", with: "/crm/")) == 200)
        release.open()
        #expect(slow.response()?.status == 200)
        fixture.stop()
    }

    @Test func `a connection that the client wants closed ends with its answer`() throws {
        let upstream = try ScriptedUpstream.echo()
        let fixture = try PlaneFixture(upstreams: [upstream.port])
        for request in [
            get.replacing("\r\n\r\n", with: "\r\nConnection: close\r\n\r\n"),
            get.replacing("HTTP/1.1", with: "HTTP/1.0"),
            // What follows is not answered, but its coming does not cost the answer before it.
            get.replacing("\r\n\r\n", with: "\r\nConnection: close\r\n\r\n") + get,
        ] {
            let client = try fixture.client()
            client.send(request)
            #expect(client.response()?.text.hasPrefix("GET /api/v1/erp/x") == true)
            #expect(client.isClosed())
        }
        #expect(fixture.stop().count == 3)
    }

    @Test func `89 a malformed request ends the connection after the answers before it`() throws {
        let upstream = try ScriptedUpstream.echo()
        let fixture = try PlaneFixture(upstreams: [upstream.port])
        let client = try fixture.client()
        client.send(get + "GET /api/v1/erp/y HTTP/1.1\r\nHost : h\r\n\r\n" + get)
        #expect(client.response()?.status == 200)
        let refusal = try #require(client.response())
        #expect(refusal.status == 400)
        #expect(refusal.field("Connection") == "close")
        #expect(client.isClosed())
        #expect(fixture.stop().count == 2)
    }

    @Test func `bodies of both framings arrive, and a request's trailers do not`() throws {
        let upstream = try ScriptedUpstream { peer, _ in
            guard peer.head() != nil else { return }
            let body = peer.body("5\r\nhello\r\n0\r\n\r\n".utf8.count)
            peer.send("HTTP/1.1 200 OK\r\nContent-Length: \(body.count)\r\n\r\n")
            _ = peer.send(body)
        }
        let fixture = try PlaneFixture(upstreams: [upstream.port])
        let client = try fixture.client()
        client.send("POST /api/v1/erp HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n")
        client.send("0\r\nX-Tenant-Id: evil\r\n\r\n")
        #expect(client.response()?.text == "5\r\nhello\r\n0\r\n\r\n")
        let echo = try ScriptedUpstream.echo()
        fixture.apply([PlaneFixture.cell("erp", [echo.port])])
        let second = try fixture.client()
        second.send("POST /api/v1/erp HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhe")
        second.send("llo")
        #expect(second.response()?.text == "POST /api/v1/erp HTTP/1.1|hello")
        fixture.stop()
    }

    @Test func `92 HEAD has the headers and no body`() throws {
        let upstream = try ScriptedUpstream.echo()
        let fixture = try PlaneFixture(upstreams: [upstream.port])
        let client = try fixture.client()
        client.send("HEAD /api/v1/erp HTTP/1.1\r\nHost: h\r\n\r\n" + get)
        #expect(client.response(toHead: true)?.field("Content-Length") == "26")
        #expect(client.response()?.status == 200)
        fixture.stop()
    }

    @Test func `54 HTTP-1.0 is served without chunks and closed unless it asks otherwise`() throws {
        let upstream = try ScriptedUpstream { peer, _ in
            while peer.head() != nil {
                peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n")
            }
        }
        let fixture = try PlaneFixture(upstreams: [upstream.port])
        let client = try fixture.client()
        client.send("GET /api/v1/erp HTTP/1.0\r\n\r\n")
        let response = try #require(client.response())
        #expect(response.field("Transfer-Encoding") == nil)
        #expect(response.text == "hello")
        let echo = try ScriptedUpstream.echo()
        fixture.apply([PlaneFixture.cell("erp", [echo.port])])
        let kept = try fixture.client()
        kept.send("GET /api/v1/erp HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
        #expect(kept.response()?.field("Connection") == "keep-alive")
        kept.send(get)
        #expect(kept.response()?.status == 200)
        fixture.stop()
    }

    @Test func `90 the upstream decides about an expectation`() throws {
        let upstream = try ScriptedUpstream { peer, number in
            guard let head = peer.head(), head.contains("Expect: 100-continue") else { return }
            guard number == 1 else { return peer.send("HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n") }
            peer.send("HTTP/1.1 100 Continue\r\n\r\n")
            let body = peer.body(5)
            peer.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n")
            _ = peer.send(body)
        }
        let fixture = try PlaneFixture(upstreams: [upstream.port])
        let head = "POST /api/v1/erp HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n"
        let client = try fixture.client()
        client.send(head)
        #expect(client.takeHead()?.hasPrefix("HTTP/1.1 100") == true)
        client.send("hello")
        #expect(client.response()?.text == "hello")
        let refused = try fixture.client()
        refused.send(head)
        let answer = try #require(refused.takeHead())
        #expect(answer.hasPrefix("HTTP/1.1 403"))
        #expect(answer.contains("Connection: close"))
        fixture.stop()
    }

    @Test func `107 trailers reach a client that asks for them, and no other`() throws {
        let upstream = try ScriptedUpstream { peer, _ in
            while peer.head() != nil {
                peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nSum: 1\r\n\r\n")
            }
        }
        let fixture = try PlaneFixture(upstreams: [upstream.port])
        let client = try fixture.client()
        client.send(get)
        #expect(client.response()?.isComplete == true)
        #expect(client.trailer.isEmpty)
        client.send("GET /api/v1/erp HTTP/1.1\r\nHost: h\r\nTE: trailers\r\nConnection: te\r\n\r\n")
        #expect(client.response()?.isComplete == true)
        #expect(client.trailer == "Sum: 1")
        fixture.stop()
    }

    @Test func `103 hints are passed on, and a body without framing ends with its connection`() throws {
        let upstream = try ScriptedUpstream.answering(
            "HTTP/1.1 102 x\r\n\r\nHTTP/1.1 103 Early\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nX_Y: z\r\n\r\nhello")
        let fixture = try PlaneFixture(upstreams: [upstream.port])
        let client = try fixture.client()
        client.send(get)
        #expect(client.takeHead()?.contains("Link: </a>") == true)
        let response = try #require(client.response())
        #expect(response.field("Transfer-Encoding") == "chunked")
        #expect(response.text == "hello" && response.isComplete)
        fixture.stop()
    }

    @Test func `every event loop accepts on the same port`() throws {
        let upstream = try ScriptedUpstream.echo()
        let fixture = try PlaneFixture(upstreams: [upstream.port], loops: 2)
        for _ in 0..<24 { #expect(try fixture.status(get) == 200) }
        let lines = fixture.stop()
        #expect(lines.count == 24)
        #expect(Set(lines.map { $0.contains(#""loop":1"#) }).count == 2)
    }
}
