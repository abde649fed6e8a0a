import Locking
import TestSupport
import Testing

@testable import Gateway

@Suite struct UnsoundUpstreamTests {
    private let get = "GET /api/v1/erp/x HTTP/1.1\r\nHost: h\r\n\r\n"
    private let post = "POST /api/v1/erp/x HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\na"

    @Test(arguments: [
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello",
        "HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n", "HTTP/1.1 200 O\rK\r\n\r\n", "garbage\r\n\r\n",
        "HTTP/1.1 200 OK\r\nA: b\r\n folded\r\n\r\n",
        String(repeating: "HTTP/1.1 102 x\r\n\r\n", count: 20) + "HTTP/1.1 200 OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\n" + (0..<1_000).map { "A\($0): b\r\n" }.joined() + "\r\n",
    ])
    func `96 to 101 and 106 a malformed answer is 502`(answer: String) throws {
        let upstream = try ScriptedUpstream.answering(answer)
        let fixture = try PlaneFixture(upstreams: [upstream.port])
        let client = try fixture.client()
        client.send(get)
        let response = try #require(client.response())
        #expect(response.status == 502)
        #expect(response.text.contains("UPSTREAM_PROTOCOL_ERROR"))
        #expect(fixture.stop().count == 1)
    }

    @Test(arguments: [
        "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nzz\r\n",
    ])
    func `95 96 a body that breaks off never ends cleanly`(answer: String) throws {
        let upstream = try ScriptedUpstream.answering(answer)
        let fixture = try PlaneFixture(upstreams: [upstream.port])
        let client = try fixture.client()
        client.send(get)
        let response = try #require(client.response())
        #expect(response.status == 200)
        #expect(!response.isComplete)
        #expect(client.isClosed())
        #expect(fixture.stop().first?.contains("UPSTREAM_PROTOCOL_ERROR") == true)
    }

    @Test(arguments: [
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhelloHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nworld",
        "HTTP/1.1 204 No\r\n\r\nhello", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello",
    ])
    func `99 102 103 a connection with unasked bytes or a close is not used again`(answer: String) throws {
        let upstream = try ScriptedUpstream { peer, number in
            guard peer.head() != nil else { return }
            peer.send(number == 1 ? answer : "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nnew")
            _ = peer.head()
        }
        let fixture = try PlaneFixture(upstreams: [upstream.port])
        let client = try fixture.client()
        client.send(get)
        let first = try #require(client.response())
        #expect(first.text == (first.status == 204 ? "" : "hello"))
        client.send(get)
        #expect(client.response()?.text == "new")
        #expect(upstream.connections == 2)
        fixture.stop()
    }

    @Test func `105 a kept connection found closed is replaced once for what may be repeated`() throws {
        let upstream = try ScriptedUpstream { peer, number in
            while peer.head() != nil {
                peer.send("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n\(number)")
                if number % 2 == 1 {
                    // The next request is read, then the connection ends without a byte of an answer.
                    _ = peer.head()
                    return
                }
            }
        }
        let fixture = try PlaneFixture(upstreams: [upstream.port])
        let client = try fixture.client()
        client.send(get)
        #expect(client.response()?.text == "1")
        client.send(get)
        #expect(client.response()?.text == "2")
        #expect(fixture.metric(#"gateway_retries_total{cell="erp",result="success"}"#, becomes: 1))
        #expect(fixture.stop().last?.contains(#""attempts":2"#) == true)
    }

    @Test func `105 what may not be repeated is answered with 502`() throws {
        let upstream = try ScriptedUpstream { peer, _ in
            guard peer.head() != nil else { return }
            peer.send("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n1")
            _ = peer.head()
        }
        let fixture = try PlaneFixture(upstreams: [upstream.port])
        let client = try fixture.client()
        client.send(get)
        #expect(client.response()?.text == "1")
        client.send(post)
        #expect(client.response()?.status == 502)
        #expect(upstream.connections == 1)
        fixture.stop()
    }

    @Test func `94 a new connection closed before the answer is 502 without a second attempt`() throws {
        let upstream = try ScriptedUpstream { peer, _ in _ = peer.head() }
        let fixture = try PlaneFixture(upstreams: [upstream.port])
        #expect(try fixture.status(get) == 502)
        #expect(upstream.connections == 1)
        fixture.stop()
    }

    @Test func `a refused connection is tried at another upstream, even for a POST`() throws {
        let upstream = try ScriptedUpstream.echo()
        let fixture = try PlaneFixture(upstreams: [try Loopback.freePort(), upstream.port])
        for _ in 0..<4 {
            #expect(try fixture.status(get) == 200)
            #expect(try fixture.status(post) == 200)
        }
        fixture.apply([PlaneFixture.cell("erp", [try Loopback.freePort()])])
        #expect(try fixture.status(get) == 502)
        fixture.stop()
    }

    @Test func `104 an upstream that never answers is 504 at the deadline`() throws {
        let upstream = try ScriptedUpstream { peer, _ in _ = peer.rest() }
        let fixture = try PlaneFixture(upstreams: [upstream.port]) { $0.timeouts.responseNanos = 50_000_000 }
        let client = try fixture.client()
        client.send(get)
        let response = try #require(client.response())
        #expect(response.status == 504)
        #expect(response.text.contains("UPSTREAM_TIMEOUT"))
        #expect(fixture.stop().first?.contains("UPSTREAM_TIMEOUT") == true)
    }

    @Test func `the log says which time limit has passed`() throws {
        let upstream = try ScriptedUpstream { peer, _ in _ = peer.rest() }
        let limits: [(String, (inout CellPolicySettings) -> Void)] = [
            ("timeouts.response has passed", { $0.deadlines.headNanos = 100_000_000 }),
            ("timeouts.try has passed", { $0.deadlines.perTryNanos = 100_000_000 }),
            ("timeouts.total has passed", { $0.deadlines.totalNanos = 100_000_000 }),
        ]
        for (text, set) in limits {
            var cell = PlaneFixture.cell("erp", [upstream.port])
            cell.policy.retries.maxAttempts = 1
            set(&cell.policy)
            let fixture = try PlaneFixture(cells: [cell])
            #expect(try fixture.status("GET /api/v1/erp/x HTTP/1.1\r\nHost: h\r\n\r\n") == 504)
            let line = fixture.stop().first ?? ""
            #expect(line.contains(#""message":"the cell did not answer in time: \#(text)""#), "\(line)")
        }
    }

    @Test func `a refused stream is repeated once, whatever the method and the budget`() throws {
        let refusals = Locked(1)
        let upstream = try ScriptedUpstream { peer, _ in
            let session = HTTP2Session(peer)
            var stream: UInt32 = 1
            while session.read(until: { $0.sections.count == Int(stream + 1) / 2 }) {
                let isRefused = refusals.withLock { left in
                    left -= 1
                    return left >= 0
                }
                if isRefused {
                    session.flush(.reset(stream, 7))
                } else {
                    session.endpoint.respond(stream)
                    session.flush()
                }
                stream += 2
            }
        }
        var cell = PlaneFixture.cell("erp", [upstream.port])
        cell.transport.version = .http2
        cell.policy.retries.maxAttempts = 1
        cell.policy.retries.budget = RetryBudgetSettings(percent: 0, minPerSecond: 0)
        let fixture = try PlaneFixture(cells: [cell])
        let post = "POST /api/v1/erp/x HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n"
        #expect(try fixture.status(post) == 200)
        refusals.withLock { $0 = 2 }
        #expect(try fixture.status(post) == 502)
        #expect(try fixture.status(post) == 200)
        let lines = fixture.stop()
        #expect(lines.count { $0.contains(#""attempts":2"#) } == 2)
        #expect(lines.count { $0.contains(#""message":"the cell refused the request""#) } == 1)
    }

    @Test func `a client that leaves cancels its request, which is logged as 499`() throws {
        let gone = Signal()
        let asked = Signal()
        let upstream = try ScriptedUpstream { peer, _ in
            _ = peer.head()
            asked.set()
            _ = peer.rest()
            gone.set()
        }
        let fixture = try PlaneFixture(upstreams: [upstream.port])
        do {
            let client = try fixture.client()
            client.send(get)
            #expect(eventually { asked.isSet })
        }
        #expect(eventually { gone.isSet })
        let line = fixture.stop().first ?? ""
        #expect(line.contains(#""status":499,"error_code":"CLIENT_CLOSED""#))
    }

    @Test func `86 a client that does not read is given up, and its upstream freed`() throws {
        let freed = Signal()
        let upstream = try ScriptedUpstream { peer, _ in
            _ = peer.head()
            peer.send("HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n")
            let piece = [UInt8](repeating: 0x61, count: 1 << 16)
            while peer.send(piece) {}
            freed.set()
        }
        let fixture = try PlaneFixture(upstreams: [upstream.port]) { $0.timeouts.bodyNanos = 100_000_000 }
        let client = try fixture.client()
        client.send(get)
        #expect(eventually { freed.isSet })
        #expect(fixture.metric(#"gateway_requests_in_flight{cell="erp"}"#, becomes: 0))
        #expect(fixture.stop().first?.contains("CLIENT_CLOSED") == true)
        #expect(client.isClosed())
    }

    @Test func `an answer before the end of the request is passed on and ends the connection`() throws {
        let upstream = try ScriptedUpstream { peer, _ in
            _ = peer.head()
            peer.send("HTTP/1.1 413 No\r\nContent-Length: 2\r\n\r\nno")
            _ = peer.rest()
        }
        let fixture = try PlaneFixture(upstreams: [upstream.port])
        let client = try fixture.client()
        client.send("POST /api/v1/erp HTTP/1.1\r\nHost: h\r\nContent-Length: 100000\r\n\r\na")
        let response = try #require(client.response())
        #expect(response.status == 413)
        #expect(response.field("Connection") == "close")
        #expect(response.text == "no")
        #expect(client.isClosed())
        fixture.stop()
    }
}
