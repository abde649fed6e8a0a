import TestSupport

/// A client's end of a WebSocket.
final class WebSocketClient {
    let connection: HTTPConnection
    /// Bytes of frames, without the handshake.
    private(set) var sentBytes = 0
    private(set) var receivedBytes = 0

    init(port: Int, path: String, tenant: String = "acme") throws {
        connection = try HTTPConnection(port: port)
        connection.send(
            "GET \(path) HTTP/1.1\r\nHost: a\r\nX-Tenant-Id: \(tenant)\r\nConnection: keep-alive, Upgrade\r\n"
                + "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: \(WebSocketFrame.key)\r\n\r\n")
        guard let head = connection.receiveHead(), head.status == 101,
            head.header("Upgrade") == "websocket", head.header("Connection")?.lowercased() == "upgrade",
            head.header("Sec-WebSocket-Accept") == WebSocketFrame.accept
        else { throw Absent(what: "a WebSocket at \(path)") }
    }

    func send(_ frame: WebSocketFrame) {
        let bytes = frame.bytes(isMasked: true)
        if connection.send(bytes) { sentBytes += bytes.count }
    }

    func receive() -> WebSocketFrame? {
        WebSocketFrame.read { count in
            let bytes = connection.receive(count: count)
            receivedBytes += bytes.count
            return bytes
        }
    }

    /// Sends a frame; true when the same comes back.
    func echoes(_ payload: [UInt8], opcode: UInt8 = WebSocketFrame.binary) -> Bool {
        let frame = WebSocketFrame(opcode: opcode, payload: payload)
        send(frame)
        return receive() == frame
    }
}
