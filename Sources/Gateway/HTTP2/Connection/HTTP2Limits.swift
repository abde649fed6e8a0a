/// What a connection may cost. Values outside HTTP/2's own ranges are brought into them.
struct HTTP2Limits: Sendable, Equatable {
    /// Streams the peer may have open; more are refused (RFC 9113 section 5.1.2).
    var maxConcurrentStreams = 128
    /// A decoded header section as of section 6.5.2: names, values and 32 bytes a field. More is 431.
    var headerListBytes = 16_384
    /// Fields of a header section, pseudo-header fields too. More is 431.
    var headerFields = 100
    /// Up to here a section that is too large is read and thrown away; more ends the connection. Bounds the coded block
    /// as well.
    var headerListHardBytes = 65_536
    /// Frames of one header block behind HEADERS (attack case 109).
    var continuationFrames = 16
    /// SETTINGS_MAX_FRAME_SIZE: the most a caller has to buffer is this and 9 bytes.
    var frameBytes = 16_384
    /// SETTINGS_HEADER_TABLE_SIZE: memory of the decoder's table.
    var decoderTableBytes = 4_096
    /// Memory of the encoder's table, if the peer allows so much.
    var encoderTableBytes = 4_096
    /// The receive window of a stream: the most a caller has to buffer for it.
    var streamWindowBytes = 262_144
    /// The receive window of all streams together.
    var connectionWindowBytes = 1_048_576
    /// SETTINGS frames.
    var settingsFramesPerSecond = 50
    /// Settings within one frame.
    var settingsPerFrame = 32
    /// PING frames.
    var pingFramesPerSecond = 1_000
    /// Frames without effect: empty DATA, PRIORITY, unknown types, WINDOW_UPDATE, anything on closed streams but data.
    /// Two for each stream opened and for each DATA frame sent do not count.
    var emptyFramesPerSecond = 1_000
    /// Interim (1xx) responses to one request; more fail the stream.
    var interimResponses = 32
    /// Streams reset soon after opening, and streams we had to reset (CVE-2023-44487, CVE-2025-8671), within
    /// `resetWindowNanos`.
    var resetsPerWindow = 200
    var resetWindowNanos: UInt64 = 10_000_000_000
    /// How old a stream must be for its reset not to count.
    var earlyResetNanos: UInt64 = 1_000_000_000
    /// Answers to the peer's frames that wait because it does not read.
    var pendingReplies = 1_000

    /// The largest flow-control window (section 6.9.1).
    static let largestWindowBytes = 0x7FFF_FFFF
    /// Both windows before any settings (section 6.9.2).
    static let initialWindowBytes = 65_535
    /// The range of SETTINGS_MAX_FRAME_SIZE.
    static let frameBytesRange = 16_384...16_777_215

    /// The same within HTTP/2's ranges.
    var normalized: HTTP2Limits {
        var limits = self
        let range = Self.frameBytesRange
        limits.frameBytes = min(max(frameBytes, range.lowerBound), range.upperBound)
        limits.streamWindowBytes = min(max(streamWindowBytes, 1), Self.largestWindowBytes)
        limits.connectionWindowBytes = min(
            max(connectionWindowBytes, Self.initialWindowBytes), Self.largestWindowBytes)
        limits.maxConcurrentStreams = min(max(maxConcurrentStreams, 1), 65_536)
        limits.decoderTableBytes = min(max(decoderTableBytes, 0), 1_048_576)
        limits.encoderTableBytes = min(max(encoderTableBytes, 0), 1_048_576)
        limits.headerListHardBytes = max(headerListHardBytes, headerListBytes)
        return limits
    }
}
