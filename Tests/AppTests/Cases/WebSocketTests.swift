import Foundation
import TestSupport
import Testing

@Suite("WebSockets, through the running gateway")
struct WebSocketTests {
    private let upstream: RecordingUpstream
    private let gateway: GatewayProcess

    init() throws {
        upstream = try RecordingUpstream { $0.echoWebSocket() }
        gateway = try GatewayProcess(GatewayProcess.cells(["chat": upstream.port]))
    }

    private func client(_ tenant: String = "acme") throws -> WebSocketClient {
        try WebSocketClient(port: gateway.port, path: "/api/v1/chat/\(tenant)", tenant: tenant)
    }

    /// The line of a tunnel, once it has ended.
    private func line(_ tenant: String = "acme") throws -> AccessLine {
        #expect(eventually { gateway.accessLines.contains { $0.tenant == tenant } })
        let lines = gateway.accessLines.filter { $0.tenant == tenant }
        #expect(lines.count == 1)
        return try #require(lines.first)
    }

    @Test(
        "frames come back unchanged, and the line has status 101 and the bytes of both ways",
        arguments: [[0, 1, 125, 126, 4_000], [65_535, 65_536, 1_000_000]])
    func echo(_ sizes: [Int]) throws {
        let socket = try client()
        for size in sizes {
            let isSame = socket.echoes(BodyPattern.bytes(size))
            try #require(isSame, "\(size) bytes")
        }
        #expect(socket.echoes(Array("GET / HTTP/1.1\r\n\r\n".utf8), opcode: WebSocketFrame.text))
        #expect(socket.echoes([0x03, 0xE8], opcode: WebSocketFrame.close))
        #expect(socket.connection.receiveEnding() == .ended)
        let line = try line()
        #expect(line.status == 101 && line.errorCode == nil && line.cell == "chat")
        #expect(line.requestBytes == socket.sentBytes)
        #expect(line.responseBytes == socket.receivedBytes)
        #expect(
            try gateway.metrics().sum("gateway_requests_total", ["tenant": "acme", "cell": "chat", "code": "101"]) == 1)
        #expect(try gateway.metrics().sum("gateway_requests_in_flight") == 0)
    }

    @Test("two tunnels at once do not mix, and other requests are served meanwhile")
    func two() throws {
        let first = try client("one")
        let second = try client("two")
        for round in 0..<20 {
            let texts = (Array("first \(round)".utf8), Array("second \(round)".utf8))
            first.send(WebSocketFrame(opcode: WebSocketFrame.text, payload: texts.0))
            second.send(WebSocketFrame(opcode: WebSocketFrame.text, payload: texts.1))
            #expect(second.receive()?.payload == texts.1)
            #expect(first.receive()?.payload == texts.0)
            #expect(try gateway.send("GET", "/api/v1/chat/x").status == 200)
        }
    }

    @Test("when the client hangs up the upstream's connection ends, too")
    func clientEnds() throws {
        var socket: WebSocketClient? = try client()
        #expect(socket?.echoes(Array("hello".utf8)) == true)
        let open = upstream.openCount
        socket = nil
        #expect(eventually { upstream.openCount == open - 1 })
        #expect(try line().status == 101)
    }

    @Test("when the upstream hangs up the client gets what was sent before, then the end", arguments: [3_000, 300_000])
    func upstreamEnds(_ size: Int) throws {
        let socket = try client()
        socket.send(WebSocketFrame(opcode: WebSocketFrame.binary, payload: BodyPattern.bytes(size)))
        socket.send(WebSocketFrame(opcode: WebSocketFrame.text, payload: Array("hang up".utf8)))
        let isSame = socket.receive()?.payload == BodyPattern.bytes(size)
        try #require(isSame)
        #expect(socket.receive() == nil)
        #expect(socket.connection.ending == .ended)
        let line = try line()
        #expect(line.status == 101 && line.responseBytes == socket.receivedBytes)
    }

    @Test("without an upgrade asked for there is no tunnel")
    func unasked() throws {
        let reply = try gateway.send(
            "GET", "/api/v1/chat/x", headers: [("Sec-WebSocket-Key", WebSocketFrame.key), ("Upgrade", "websocket")])
        #expect(reply.status == 200 && reply.text == "ok")
    }
}
