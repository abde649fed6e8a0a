/// Frames on their way out (RFC 9113 sections 4.1 and 6).
extension ByteQueue {
    /// A frame's header; its payload follows.
    @inline(__always)
    mutating func appendFrame(_ type: HTTP2FrameType, _ flags: HTTP2FrameFlags, _ stream: UInt32, length: Int) {
        let room = reserve(HTTP2FrameHeader.byteCount)
        let word = UInt32(truncatingIfNeeded: length) << 8 | UInt32(type.rawValue)
        room.storeBytes(of: word.bigEndian, as: UInt32.self)
        room[4] = flags.rawValue
        room.storeBytes(of: stream.bigEndian, toByteOffset: 5, as: UInt32.self)
        commit(HTTP2FrameHeader.byteCount)
    }

    @inline(__always)
    mutating func appendBigEndian(_ value: UInt32) {
        reserve(4).storeBytes(of: value.bigEndian, as: UInt32.self)
        commit(4)
    }

    mutating func appendSetting(_ setting: HTTP2Setting, _ value: Int) {
        append(UInt8(truncatingIfNeeded: setting.rawValue >> 8))
        append(UInt8(truncatingIfNeeded: setting.rawValue))
        appendBigEndian(UInt32(clamping: value))
    }

    mutating func appendWindowUpdate(_ stream: UInt32, _ increment: Int) {
        appendFrame(.windowUpdate, [], stream, length: 4)
        appendBigEndian(UInt32(clamping: increment))
    }

    mutating func appendReset(_ stream: UInt32, _ code: HTTP2ErrorCode) {
        appendFrame(.resetStream, [], stream, length: 4)
        appendBigEndian(code.rawValue)
    }

    mutating func appendGoAway(lastStream: UInt32, _ code: HTTP2ErrorCode) {
        appendFrame(.goAway, [], 0, length: 8)
        appendBigEndian(lastStream)
        appendBigEndian(code.rawValue)
    }

    mutating func appendPing(_ value: UInt64, acknowledges: Bool) {
        appendFrame(.ping, acknowledges ? .acknowledgement : [], 0, length: 8)
        appendBigEndian(UInt32(truncatingIfNeeded: value >> 32))
        appendBigEndian(UInt32(truncatingIfNeeded: value))
    }
}
