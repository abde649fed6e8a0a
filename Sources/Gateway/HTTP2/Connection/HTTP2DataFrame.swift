/// The DATA frame that is coming in: its payload is passed on as it arrives (RFC 9113 section 6.1).
struct HTTP2DataFrame {
    /// 0 between frames.
    var stream: UInt32 = 0
    /// Still to come.
    var dataBytes = 0
    /// Still to come, behind the data.
    var paddingBytes = 0
    var endStream = false
    /// Nobody wants the data: the stream is closed.
    var isIgnored = false

    var isActive: Bool { stream != 0 }
}
