import Foundation
import Locking
import TestSupport
import Testing

/// Bodies far larger than what may be held, both ways and in both framings, with every byte compared.
@Suite("Large bodies, through the running gateway", .serialized)
struct LargeBodyTests {
    /// 1024 in a long run: `GATEHOUSE_STREAM_MIB`.
    private static let total =
        (ProcessInfo.processInfo.environment["GATEHOUSE_STREAM_MIB"].flatMap { Int($0) } ?? 256) << 20
    private static let mostGrowth = 16 << 20

    @Test("a download streams through in little memory", arguments: [true, false])
    func download(_ isChunked: Bool) throws {
        let framing = BodyPattern.framing(Self.total, isChunked: isChunked)
        let upstream = try RecordingUpstream { peer in
            guard peer.message() != nil else { return }
            peer.send("HTTP/1.1 200 OK\r\n\(framing)\r\n\r\n")
            _ = BodyPattern.send(Self.total, isChunked: isChunked, to: peer.descriptor)
        }
        let gateway = try GatewayProcess(GatewayProcess.cells(["big": upstream.port]))
        let memory = try MemoryWatch(gateway)
        let connection = try HTTPConnection(port: gateway.port, timeoutSeconds: 30)
        connection.send("GET /api/v1/big/x HTTP/1.1\r\nHost: a\r\n\r\n")
        let head = try #require(connection.receiveHead())
        #expect(head.header("Content-Length") == (isChunked ? nil : "\(Self.total)"))
        let count = BodyPattern.receive(Self.total, isChunked: isChunked) { connection.receivePart() }
        #expect(count == Self.total)
        #expect(try memory.growth() < Self.mostGrowth)
        #expect(eventually { gateway.accessLines.map(\.responseBytes) == [Self.total] })
    }

    @Test("an upload streams through in little memory", arguments: [true, false])
    func upload(_ isChunked: Bool) throws {
        let received = Locked<Int?>(nil)
        let upstream = try RecordingUpstream { peer in
            peer.isRecording = false
            guard peer.head() != nil else { return }
            let count = BodyPattern.receive(Self.total, isChunked: isChunked) { peer.some() }
            received.withLock { $0 = count }
            guard count == Self.total else { return }
            peer.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        }
        let gateway = try GatewayProcess(
            "limits: { body: \(Self.total) }\n" + GatewayProcess.cells(["big": upstream.port]))
        let memory = try MemoryWatch(gateway)
        let connection = try HTTPConnection(port: gateway.port, timeoutSeconds: 30)
        let framing = BodyPattern.framing(Self.total, isChunked: isChunked)
        connection.send("POST /api/v1/big/x HTTP/1.1\r\nHost: a\r\n\(framing)\r\n\r\n")
        let isSent = BodyPattern.send(Self.total, isChunked: isChunked, to: connection.descriptor)
        try #require(isSent)
        #expect(connection.receive()?.status == 200)
        #expect(received.withLock { $0 } == Self.total)
        #expect(try memory.growth() < Self.mostGrowth)
        #expect(eventually { gateway.accessLines.map(\.requestBytes) == [Self.total] })
    }
}
