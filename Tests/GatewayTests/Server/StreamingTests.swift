import Foundation
import Locking
import TestSupport
import Testing

@testable import Gateway

/// Bodies far larger than what may be held. What is held is counted in bytes that the sender could write while the
/// receiver read nothing: the buffers of four sockets and little more.
@Suite(.serialized) struct StreamingTests {
    private static let total = 64 << 20
    private static let mostHeld = 40 << 20

    private static let piece = [UInt8](repeating: 0x61, count: 1 << 16)

    @Test(arguments: [true, false])
    func `a large download to a slow client is held back at the upstream`(isChunked: Bool) throws {
        let stalled = Signal()
        let sent = Locked(0)
        let upstream = try ScriptedUpstream { peer, _ in
            _ = peer.head()
            let framing = isChunked ? "Transfer-Encoding: chunked" : "Content-Length: \(Self.total)"
            peer.send("HTTP/1.1 200 OK\r\n\(framing)\r\n\r\n")
            for _ in 0..<(Self.total / Self.piece.count) {
                if isChunked { peer.send("10000\r\n") }
                guard peer.send(Self.piece) else { return stalled.set() }
                if isChunked { peer.send("\r\n") }
                sent.withLock { $0 += Self.piece.count }
            }
            if isChunked { peer.send("0\r\n\r\n") }
            _ = peer.head()
        }
        let fixture = try PlaneFixture(upstreams: [upstream.port])
        let client = try fixture.client()
        client.send("GET /api/v1/erp HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
        let head = try #require(client.takeHead())
        #expect(head.hasPrefix("HTTP/1.1 200"))
        // The client reads nothing, so the upstream's writes must come to a halt; a while is enough to show it.
        #expect(!eventually(within: 1) { sent.withLock { $0 } >= Self.mostHeld })
        var received = 0
        while true {
            let bytes = Loopback.receive(client.descriptor, atMost: 1 << 16)
            if bytes.isEmpty { break }
            received += bytes.count
        }
        #expect(received >= Self.total - (1 << 16) - head.utf8.count)
        #expect(!stalled.isSet)
        fixture.stop()
    }

    @Test func `a large upload to a slow upstream is held back at the client`() throws {
        let mayRead = Signal()
        let upstream = try ScriptedUpstream { peer, _ in
            _ = peer.head()
            _ = eventually { mayRead.isSet }
            var left = Self.total
            while left > 0 {
                let bytes = peer.body(min(left, 1 << 16))
                if bytes.isEmpty { return }
                left -= bytes.count
            }
            peer.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        }
        let fixture = try PlaneFixture(upstreams: [upstream.port]) { $0.limits.bodyBytes = 1 << 30 }
        let client = try fixture.client()
        client.send("POST /api/v1/erp HTTP/1.1\r\nHost: h\r\nContent-Length: \(Self.total)\r\n\r\n")
        let writer = client.descriptor
        let written = Locked(0)
        Thread.detachNewThread {
            for _ in 0..<(Self.total / Self.piece.count) where Loopback.send(writer, Self.piece) {
                written.withLock { $0 += Self.piece.count }
            }
        }
        // The upstream reads nothing, so the client's writes must come to a halt; a while is enough to show it.
        #expect(!eventually(within: 1) { written.withLock { $0 } >= Self.mostHeld })
        mayRead.set()
        #expect(client.response()?.text == "ok")
        fixture.stop()
    }
}
