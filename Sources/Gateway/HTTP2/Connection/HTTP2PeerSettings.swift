/// The peer's settings (RFC 9113 section 6.5.2), with the defaults that hold before the first SETTINGS.
struct HTTP2PeerSettings: Equatable {
    var headerTableBytes = HPACKDecoder.initialTableBytes
    var maxConcurrentStreams = Int(UInt32.max)
    var initialWindowBytes = HTTP2Limits.initialWindowBytes
    var frameBytes = HTTP2Limits.frameBytesRange.lowerBound
    /// Advice only.
    var headerListBytes = Int(UInt32.max)

    /// Takes one setting; unknown ones are ignored (section 6.5.2).
    mutating func apply(_ id: UInt16, _ value: UInt32, to role: HTTP2Role) throws(HTTP2Failure) {
        let value = Int(value)
        switch HTTP2Setting(rawValue: id) {
        case .headerTableSize: headerTableBytes = value
        case .enablePush:
            // A server must not send 1 (section 6.5.2), a client may.
            guard value <= (role == .server ? 1 : 0) else { throw HTTP2Failure(.settingValue) }
        case .maxConcurrentStreams: maxConcurrentStreams = value
        case .initialWindowSize:
            guard value <= HTTP2Limits.largestWindowBytes else { throw HTTP2Failure(.settingWindow) }
            initialWindowBytes = value
        case .maxFrameSize:
            guard HTTP2Limits.frameBytesRange.contains(value) else { throw HTTP2Failure(.settingValue) }
            frameBytes = value
        case .maxHeaderListSize: headerListBytes = value
        case nil: break
        }
    }
}
