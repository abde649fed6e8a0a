/// Flags of a frame; what a bit means depends on the type, and undefined ones are ignored (RFC 9113 section 4.1).
struct HTTP2FrameFlags: OptionSet, Sendable {
    var rawValue: UInt8

    /// DATA and HEADERS.
    static let endStream = HTTP2FrameFlags(rawValue: 0x1)
    /// SETTINGS and PING.
    static let acknowledgement = HTTP2FrameFlags(rawValue: 0x1)
    /// HEADERS, PUSH_PROMISE and CONTINUATION.
    static let endHeaders = HTTP2FrameFlags(rawValue: 0x4)
    /// DATA, HEADERS and PUSH_PROMISE.
    static let padded = HTTP2FrameFlags(rawValue: 0x8)
    /// HEADERS.
    static let priority = HTTP2FrameFlags(rawValue: 0x20)
}
