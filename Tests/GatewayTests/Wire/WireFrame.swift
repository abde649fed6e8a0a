@testable import Gateway

/// A frame as tests write and read it.
struct WireFrame: Equatable {
    var type: UInt8
    var flags: UInt8 = 0
    var stream: UInt32 = 0
    var payload: [UInt8] = []

    init(_ type: UInt8, flags: UInt8 = 0, stream: UInt32 = 0, _ payload: [UInt8] = []) {
        self.type = type
        self.flags = flags
        self.stream = stream
        self.payload = payload
    }

    var bytes: [UInt8] {
        let length = payload.count
        return [UInt8(length >> 16 & 0xFF), UInt8(length >> 8 & 0xFF), UInt8(length & 0xFF), type, flags]
            + Self.word(stream) + payload
    }

    static func word(_ value: UInt32) -> [UInt8] { (0..<4).map { UInt8(value >> (24 - 8 * UInt32($0)) & 0xFF) } }

    /// Takes apart what a machine sent.
    static func all(_ bytes: [UInt8]) -> [WireFrame] {
        var frames: [WireFrame] = []
        var at = 0
        if bytes.starts(with: preface) { at = preface.count }
        bytes.withUnsafeBytes { raw in
            while let header = HTTP2FrameHeader(raw, at: at) {
                let end = at + 9 + header.length
                guard end <= bytes.count else { return }
                frames.append(
                    WireFrame(
                        header.type, flags: header.flags.rawValue, stream: header.stream, Array(bytes[(at + 9)..<end])))
                at = end
            }
        }
        return frames
    }

    // MARK: - Frames

    static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)
    static let noSettings = WireFrame(4)
    static let settingsAcknowledgement = WireFrame(4, flags: 1)

    /// What a client's connection begins with, at its simplest.
    static let start = preface + noSettings.bytes

    static func data(_ stream: UInt32, _ payload: [UInt8], end: Bool = false) -> WireFrame {
        WireFrame(0, flags: end ? 1 : 0, stream: stream, payload)
    }

    /// A whole block in one frame.
    static func headers(_ stream: UInt32, _ fields: [WireField], end: Bool = true) -> WireFrame {
        WireFrame(1, flags: end ? 5 : 4, stream: stream, WireField.block(fields))
    }

    static func reset(_ stream: UInt32, _ code: UInt32 = 8) -> WireFrame { WireFrame(3, stream: stream, word(code)) }

    static func settings(_ values: [(UInt16, UInt32)]) -> WireFrame {
        WireFrame(4, values.flatMap { [UInt8($0.0 >> 8), UInt8($0.0 & 0xFF)] + word($0.1) })
    }

    static func ping(_ value: UInt32 = 1) -> WireFrame { WireFrame(6, word(0) + word(value)) }

    static func goAway(_ last: UInt32, _ code: UInt32 = 0) -> WireFrame { WireFrame(7, word(last) + word(code)) }

    static func windowUpdate(_ stream: UInt32, _ increment: UInt32) -> WireFrame {
        WireFrame(8, stream: stream, word(increment))
    }
}
