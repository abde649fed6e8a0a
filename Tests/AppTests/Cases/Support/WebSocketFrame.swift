/// A WebSocket frame (RFC 6455, section 5), as far as an echo needs it.
struct WebSocketFrame: Equatable {
    static let text: UInt8 = 1
    static let binary: UInt8 = 2
    static let close: UInt8 = 8

    var opcode: UInt8
    var payload: [UInt8]

    /// The example of section 1.3: a client's key, and the answer that proves that it was read.
    static let key = "dGhlIHNhbXBsZSBub25jZQ=="
    static let accept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="

    /// On the wire; a client's frames are masked.
    func bytes(isMasked: Bool) -> [UInt8] {
        var bytes = [0x80 | opcode]
        let bit: UInt8 = isMasked ? 0x80 : 0
        switch payload.count {
        case 0...125: bytes.append(bit | UInt8(payload.count))
        case 126...65_535: bytes += [bit | 126, UInt8(payload.count >> 8), UInt8(payload.count & 0xFF)]
        default: bytes += [bit | 127] + (0..<8).map { UInt8(payload.count >> (56 - 8 * $0) & 0xFF) }
        }
        guard isMasked else { return bytes + payload }
        let mask: [UInt8] = [0x37, 0xFA, 0x21, 0x3D]
        return bytes + mask + payload.enumerated().map { $0.element ^ mask[$0.offset % 4] }
    }

    /// Reads one; nil when `take` gives fewer bytes than asked for.
    static func read(_ take: (Int) -> [UInt8]) -> WebSocketFrame? {
        let start = take(2)
        guard start.count == 2 else { return nil }
        var length = Int(start[1] & 0x7F)
        if length >= 126 {
            let digits = take(length == 126 ? 2 : 8)
            guard digits.count == (length == 126 ? 2 : 8) else { return nil }
            length = digits.reduce(0) { $0 << 8 | Int($1) }
        }
        let mask = start[1] & 0x80 == 0 ? [] : take(4)
        let payload = take(length)
        guard payload.count == length else { return nil }
        guard mask.count == 4 else { return WebSocketFrame(opcode: start[0] & 0x0F, payload: payload) }
        let plain = payload.enumerated().map { $0.element ^ mask[$0.offset % 4] }
        return WebSocketFrame(opcode: start[0] & 0x0F, payload: plain)
    }
}

extension RecordedPeer {
    /// Answers handshakes of WebSocket and echoes frames; everything else is answered with 200.
    func echoWebSocket() {
        while let message = message() {
            guard message.value("upgrade") == "websocket", message.value("connection") == "upgrade",
                message.value("sec-websocket-key") == WebSocketFrame.key
            else {
                answer(message)
                continue
            }
            isRecording = false
            send(
                "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                    + "Sec-WebSocket-Accept: \(WebSocketFrame.accept)\r\n\r\n")
            while let frame = WebSocketFrame.read(bytes) {
                // Ends the connection instead of an answer.
                if frame.payload == Array("hang up".utf8) { return }
                send(frame.bytes(isMasked: false))
                if frame.opcode == WebSocketFrame.close { return }
            }
            return
        }
    }
}
