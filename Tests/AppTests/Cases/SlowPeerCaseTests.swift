import Foundation
import Locking
import TestSupport
import Testing

enum SlowPeers {
    static let yaml = CaseBench.defaults + "timeouts: { head: 500ms, body: 500ms, idle: 500ms }\n"
}

@Suite("Cases of slow peers and idle connections, at the running gateway", .serialized, .gateway(SlowPeers.yaml))
struct SlowPeerCaseTests {
    private static let start = "POST /api/v1/rec/x HTTP/1.1\r\nHost: a\r\nX-Tenant-Id: acme\r\n"

    /// One byte after another, until the gateway has had enough.
    private func drip(_ text: String, to connection: HTTPConnection) {
        for byte in text.utf8 {
            var poll = pollfd(fd: connection.descriptor, events: Int16(POLLIN), revents: 0)
            guard connection.send([byte]), Glibc.poll(&poll, 1, 50) == 0 else { return }
        }
    }

    @Test("case 84: a head that comes byte by byte is 408 at its deadline, and the connection ends")
    func slowHead() throws {
        let seen = try CaseBench.booted().observe { connection in
            drip(Self.start + String(repeating: "A: b\r\n", count: 1_000), to: connection)
            return connection.receiveAll()
        }
        #expect(seen.replies.count == 1 && seen.ending == .ended)
        seen.replies.first?.expectFailure(408, "REQUEST_TIMEOUT")
        #expect(seen.forwarded.isEmpty)
        #expect(seen.lines.map(\.errorCode) == ["REQUEST_TIMEOUT"])
        #expect(seen.rejected == ["timeout_head": 1])
        #expect(seen.counted.values.reduce(0, +) == 1)
    }

    private static let stalledBodies: [RefusedCase] = [
        stalled("case 85: a body that stops coming", "Content-Length: 5", "he"),
        stalled("case 85: a body that never comes", "Content-Length: 5", ""),
        stalled(
            "case 24: a chunked body without its last line end", "Transfer-Encoding: chunked", "5\r\nhello\r\n0\r\n"),
        stalled("case 24: a chunked body without its last chunk", "Transfer-Encoding: chunked", "5\r\nhello\r\n"),
    ]

    private static func stalled(_ description: String, _ framing: String, _ body: String) -> RefusedCase {
        RefusedCase.post(description, framing, body: body, reason: "timeout_body").begun
            .answered(408, "REQUEST_TIMEOUT").alone
    }

    @Test("each is 408, and the upstream's place is free again", arguments: stalledBodies)
    func stalledBody(_ stalled: RefusedCase) throws {
        try stalled.check()
        let bench = try CaseBench.booted()
        #expect(
            try eventually {
                let page = try bench.gateway.metrics()
                return page.sum("gateway_requests_in_flight") == 0
                    && page.sum("gateway_upstream_connections", ["state": "active"]) == 0
            })
    }

    @Test("case 86: a client that does not read is given up, with little held for it")
    func slowReader() throws {
        let written = Locked(0)
        let isFreed = Locked(false)
        let upstream = try RecordingUpstream { peer in
            _ = peer.head()
            peer.send("HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
            let piece = [UInt8](repeating: 0x61, count: 1 << 16)
            while peer.send(piece) { written.withLock { $0 += piece.count } }
            isFreed.withLock { $0 = true }
        }
        let gateway = try GatewayProcess(SlowPeers.yaml + GatewayProcess.cells(["rec": upstream.port]))
        let before = try gateway.residentBytes()
        let connection = try HTTPConnection(port: gateway.port)
        connection.send("GET /api/v1/rec/x HTTP/1.1\r\nHost: a\r\nX-Tenant-Id: acme\r\n\r\n")
        #expect(connection.receiveHead()?.status == 200)
        #expect(eventually { isFreed.withLock { $0 } })
        #expect(written.withLock { $0 } < 100 << 20)
        #expect(try gateway.residentBytes() - before < 8 << 20)
        #expect(eventually { gateway.accessLines.map(\.errorCode) == ["CLIENT_CLOSED"] })
        #expect(try gateway.metrics().sum("gateway_requests_in_flight") == 0)
        #expect(connection.receiveEnding() != .open)
    }

    /// How much of an answer the kernel holds is not known, so that of many sizes some end behind it.
    @Test("case 86: a client that pauses for longer than a connection may be idle still gets the end of its answer")
    func pausingReader() throws {
        let upstream = try RecordingUpstream { peer in
            while let message = peer.message() {
                let size = message.target.split(separator: "/").last.flatMap { Int($0) } ?? 0
                peer.send("HTTP/1.1 200 OK\r\nContent-Length: \(size)\r\n\r\n")
                guard peer.send([UInt8](repeating: 0x61, count: size)) else { return }
            }
        }
        let gateway = try GatewayProcess(
            "timeouts: { idle: 300ms }\n" + GatewayProcess.cells(["rec": upstream.port]))
        let cut = Locked<[Int]>([])
        onThreads(80, count: 80) { index in
            let size = 200_000 + 60_000 * index
            guard let connection = try? HTTPConnection(port: gateway.port) else { return }
            connection.send("GET /api/v1/rec/\(size) HTTP/1.1\r\nHost: a\r\n\r\n")
            usleep(1_500_000)
            let head = connection.receiveHead()
            if head?.status != 200 || connection.receive(count: size).count != size {
                cut.withLock { $0.append(size) }
            }
        }
        #expect(cut.withLock { $0 }.isEmpty)
    }

    @Test("case 87: idle connections are closed after their time without a line in the log")
    func idle() throws {
        let seen = try CaseBench.booted().observe { connection in
            connection.send("GET /api/v1/rec/x HTTP/1.1\r\nHost: a\r\nX-Tenant-Id: acme\r\n\r\n")
            let reply = connection.receive()
            #expect(connection.receiveEnding() == .ended)
            return [reply].compactMap(\.self)
        }
        #expect(seen.replies.map(\.status) == [200])
        #expect(seen.lines.map(\.status) == [200])
        #expect(seen.rejected.isEmpty)
        let silent = try CaseBench.booted().observe { $0.receiveAll() }
        #expect(silent.replies.isEmpty && silent.ending == .ended)
        #expect(silent.lines.isEmpty && silent.counted.isEmpty)
    }

    /// 10,000 in a long run: `GATEHOUSE_IDLE_CONNECTIONS`.
    private static let idleConnections =
        ProcessInfo.processInfo.environment["GATEHOUSE_IDLE_CONNECTIONS"].flatMap(Int.init) ?? 1_000

    @Test("case 87: beyond the bound of connections a new one is closed at once, and the probes still answer")
    func bound() throws {
        let upstream = try RecordingUpstream()
        let count = Self.idleConnections
        let gateway = try GatewayProcess(
            CaseBench.defaults + "limits: { connections: \(count) }\n" + GatewayProcess.cells(["rec": upstream.port]))
        let before = try gateway.residentBytes()
        var held: [HTTPConnection] = []
        for _ in 0..<count { held.append(try HTTPConnection(port: gateway.port)) }
        #expect(
            try eventually {
                try gateway.metrics().sum("gateway_connections_open", ["listener": "data"]) == Double(count)
            })
        for _ in 0..<20 { #expect(try HTTPConnection(port: gateway.port).receiveEnding() != .open) }
        #expect(try gateway.metrics().sum("gateway_rejected_total", ["reason": "overloaded"]) == 20)
        #expect(Programs.answers("/readyz", port: gateway.opsPort))
        #expect(try gateway.residentBytes() - before < count << 13)
        let tenant = [("X-Tenant-Id", "acme")]
        #expect(try held[count / 2].exchange("GET", "/api/v1/rec/x", headers: tenant).status == 200)
        held.removeAll()
        #expect(try eventually { try gateway.metrics().sum("gateway_connections_open", ["listener": "data"]) == 0 })
        #expect(try gateway.send("GET", "/api/v1/rec/x", headers: tenant).status == 200)
    }
}
