import Foundation
import Locking
import TestSupport
import Testing

@Suite("Server-sent events, through the running gateway")
struct ServerSentEventTests {
    /// The cell sends an event only after the client has read the one before, so that a buffer anywhere stops both.
    @Test("events arrive one by one, in chunks and without framing", arguments: [true, false])
    func oneByOne(_ isChunked: Bool) throws {
        let read = Locked(0)
        let events = (0..<20).map { "id: \($0)\ndata: {\"n\":\($0)}\n\n" }
        let upstream = try RecordingUpstream { peer in
            guard peer.message() != nil else { return }
            peer.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-store\r\n")
            peer.send(isChunked ? "Transfer-Encoding: chunked\r\n\r\n" : "\r\n")
            for (number, event) in events.enumerated() {
                guard eventually(every: 0.001, { read.withLock { $0 } == number }) else { return }
                let size = String(event.utf8.count, radix: 16)
                peer.send(isChunked ? "\(size)\r\n\(event)\r\n" : event)
            }
            if isChunked { peer.send("0\r\n\r\n") }
        }
        let gateway = try GatewayProcess(GatewayProcess.cells(["feed": upstream.port]))
        let connection = try HTTPConnection(port: gateway.port)
        connection.send("GET /api/v1/feed/x HTTP/1.1\r\nHost: a\r\nAccept: text/event-stream\r\n\r\n")
        let head = try #require(connection.receiveHead())
        #expect(head.status == 200 && head.header("Content-Type") == "text/event-stream")
        #expect(head.header("Cache-Control") == "no-store")
        for event in events {
            let text = connection.receive(until: "\n\n")
            #expect(text?.hasSuffix(event) == true)
            read.withLock { $0 += 1 }
        }
        #expect(connection.receive(until: "0\r\n\r\n") != nil)
        #expect(eventually { gateway.accessLines.map(\.responseBytes) == [events.joined().utf8.count] })
    }

    @Test("a client that leaves ends the stream at the cell")
    func clientLeaves() throws {
        let isOver = Locked(false)
        let upstream = try RecordingUpstream { peer in
            guard peer.message() != nil else { return }
            peer.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n")
            peer.waitForEnd()
            isOver.withLock { $0 = true }
        }
        let gateway = try GatewayProcess(GatewayProcess.cells(["feed": upstream.port]))
        do {
            let connection = try HTTPConnection(port: gateway.port)
            connection.send("GET /api/v1/feed/x HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(connection.receive(until: "data: 1\n\n") != nil)
        }
        #expect(eventually { isOver.withLock { $0 } })
        #expect(eventually { gateway.accessLines.map(\.errorCode) == ["CLIENT_CLOSED"] })
    }
}
