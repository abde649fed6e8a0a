import Foundation
import TestSupport
import Testing

@testable import Gateway

/// Who waits for whom: names with several addresses, clients that don't read, bodies that come late.
@Suite struct PacingTests {
    @Test func `an upstream given by a name of several addresses is reached at the one that listens`() throws {
        let upstream = try ScriptedUpstream.answering("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        let address = UpstreamAddress(
            url: "http://localhost:\(upstream.port)", host: "localhost", port: upstream.port)
        let check = HealthCheck(path: "/", intervalNanos: 50_000_000, timeoutNanos: 1_000_000_000)
        let cell = CellDefinition(name: "erp", upstreams: [address], health: check)
        let fixture = try PlaneFixture(cells: [cell])
        for _ in 0..<3 {
            #expect(try fixture.status("GET /api/v1/erp/x HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n") == 200)
        }
        #expect(eventually { fixture.plane.health().first?.status == .up })
        fixture.stop()
    }

    @Test func `requests of a client that reads no answers are not taken on and on`() throws {
        let fixture = try PlaneFixture(cells: [])
        let client = try fixture.client()
        Loopback.setTimeouts(client.descriptor, seconds: 1)
        let batch = Array(String(repeating: "GET /x HTTP/1.1\r\nHost: h\r\n\r\n", count: 2_000).utf8)
        var batches = 0
        while batches < 2_000, client.send(batch) { batches += 1 }
        #expect(batches < 2_000, "the gateway took \(batches * batch.count) bytes of requests without being read")
        fixture.stop()
    }

    @Test func `the body of a pipelined local request may come after the answer before it`() throws {
        let upstream = try ScriptedUpstream.answering("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        let fixture = try PlaneFixture(
            cells: [PlaneFixture.cell("erp", [upstream.port])],
            local: LocalHandler { _ in
                true
            } answer: { request, reply in
                reply(.text(String(decoding: request.body, as: UTF8.self)))
                return true
            })
        let client = try fixture.client()
        client.send(
            "GET /api/v1/erp/x HTTP/1.1\r\nHost: h\r\n\r\n"
                + "PUT /api/governance/cells/x HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n")
        #expect(client.response()?.status == 200)
        client.send("0123456789")
        #expect(client.response()?.text == "0123456789")
        fixture.stop()
    }

    @Test func `a client that keeps its side open after a refusal is closed all the same`() throws {
        let fixture = try PlaneFixture(cells: [])
        let client = try fixture.client()
        client.send("NOT HTTP\r\n\r\n")
        #expect(client.response()?.status == 400)
        // What comes now is read and dropped for the linger time; then the connection is gone and sending fails.
        #expect(eventually(within: 30) { !client.send([0]) })
        fixture.stop()
    }

    @Test func `a request behind one whose upstream lets nobody connect is answered, too`() throws {
        let (upstream, port) = try Loopback.listen(backlog: 0)
        defer { close(upstream) }
        // The queue takes one connection that nobody accepts; the kernel then drops what would open another.
        let first = try Loopback.connect(port: port)
        defer { close(first) }
        let fixture = try PlaneFixture(upstreams: [port]) { $0.timeouts.connectNanos = 100_000_000 }
        let client = try fixture.client()
        client.send("GET /api/v1/erp/x HTTP/1.1\r\nHost: h\r\n\r\nGET /nothing HTTP/1.1\r\nHost: h\r\n\r\n")
        #expect(client.response()?.status == 502)
        #expect(client.response()?.status == 404)
        fixture.stop()
    }

    @Test func `a client that breaks HTTP2 reads why, however much of it is still to be read`() throws {
        let upstream = try ScriptedUpstream.echo()
        let fixture = try PlaneFixture(upstreams: [upstream.port])
        for _ in 0..<20 {
            let client = try fixture.client()
            let rest = [UInt8](repeating: 0, count: 300_000)
            _ = client.send(WireFrame.start + WireFrame.data(0, [1]).bytes + rest)
            let frames = WireFrame.all(Loopback.receiveAll(client.descriptor))
            #expect(frames.last?.type == 7)
        }
        fixture.stop()
    }

    @Test func `bodies for the gateway itself are bounded together`() throws {
        let local = LocalHandler {
            $0 == "/own"
        } answer: { request, reply in
            reply(.text("\(request.body.count)\n"))
            return true
        }
        let fixture = try PlaneFixture(cells: [], local: local)
        let size = 1_000_000
        let head = "POST /own HTTP/1.1\r\nHost: h\r\nContent-Length: \(size)\r\n\r\n"
        let almost = [UInt8](repeating: 0x78, count: size - 1)
        let clients = try (0..<17).map { _ in try fixture.client() }
        for client in clients {
            client.send(head)
            #expect(client.send(almost))
        }
        // One byte less than all of it is held of sixteen; there is no room for the seventeenth.
        #expect(
            eventually {
                var entries = clients.map { pollfd(fd: $0.descriptor, events: Int16(POLLIN), revents: 0) }
                return poll(&entries, nfds_t(entries.count), 0) > 0
            })
        for client in clients { client.send("x") }
        let statuses = clients.map { $0.response()?.status ?? 0 }
        #expect(statuses.count { $0 == 503 } == 1)
        #expect(statuses.count { $0 == 200 } == 16)
        #expect(try fixture.status(head + String(repeating: "x", count: size)) == 200)
        fixture.stop()
    }
}
