/// The nine bytes before each frame's payload (RFC 9113 section 4.1).
struct HTTP2FrameHeader: Equatable {
    static let byteCount = 9

    /// Of the payload.
    var length: Int
    /// A raw value, because unknown types are ignored.
    var type: UInt8
    var flags: HTTP2FrameFlags
    /// Without the reserved bit.
    var stream: UInt32

    /// Reads the header at `at`, or gives nil when its bytes are not all there.
    @inline(__always)
    init?(_ bytes: UnsafeRawBufferPointer, at: Int) {
        guard at >= 0, bytes.count &- at >= Self.byteCount else { return nil }
        length = Int(bytes[at]) << 16 | Int(bytes[at &+ 1]) << 8 | Int(bytes[at &+ 2])
        type = bytes[at &+ 3]
        flags = HTTP2FrameFlags(rawValue: bytes[at &+ 4])
        stream = bytes.bigEndian32(at &+ 5) & HTTP2FrameHeader.streamMask
    }

    static let streamMask: UInt32 = 0x7FFF_FFFF
}

extension UnsafeRawBufferPointer {
    /// The four bytes at `at`, which must be there.
    @inline(__always)
    func bigEndian32(_ at: Int) -> UInt32 {
        UInt32(bigEndian: loadUnaligned(fromByteOffset: at, as: UInt32.self))
    }
}
