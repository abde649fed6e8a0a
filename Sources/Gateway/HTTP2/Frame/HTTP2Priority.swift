/// The deprecated priority signal (RFC 9113 section 5.3.2): read, checked for its form, and ignored.
struct HTTP2Priority: Equatable {
    static let byteCount = 5

    var dependency: UInt32
    var isExclusive: Bool
    /// 1 to 256.
    var weight: Int

    /// Reads five bytes that must be there.
    init(_ bytes: UnsafeRawBufferPointer, at: Int) {
        let word = bytes.bigEndian32(at)
        dependency = word & HTTP2FrameHeader.streamMask
        isExclusive = word & ~HTTP2FrameHeader.streamMask != 0
        weight = Int(bytes[at + 4]) + 1
    }
}
