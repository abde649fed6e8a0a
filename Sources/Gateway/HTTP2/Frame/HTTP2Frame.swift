/// A frame taken apart and checked for what needs no knowledge of the connection: length, stream, flags and padding
/// (RFC 9113 section 6). Payloads point into the bytes it was read from.
enum HTTP2Frame {
    case data(UnsafeRawBufferPointer)
    case headers(UnsafeRawBufferPointer, HTTP2Priority?)
    case priority(HTTP2Priority)
    case resetStream(HTTP2ErrorCode)
    case settings(UnsafeRawBufferPointer)
    case settingsAcknowledgement
    case pushPromise(promised: UInt32, UnsafeRawBufferPointer)
    case ping(UInt64)
    case pingAcknowledgement(UInt64)
    case goAway(lastStream: UInt32, HTTP2ErrorCode)
    case windowUpdate(UInt32)
    case continuation(UnsafeRawBufferPointer)
    case unknown

    /// Bytes of one setting (section 6.5.1).
    static let settingBytes = 6

    /// Takes a complete frame apart; `payload` has the header's length.
    static func read(
        _ header: HTTP2FrameHeader, _ payload: UnsafeRawBufferPointer
    ) throws(HTTP2Failure) -> HTTP2Frame {
        guard let type = HTTP2FrameType(rawValue: header.type) else { return .unknown }
        switch type {
        case .data:
            try needsStream(header)
            return .data(try unpadded(header, payload))
        case .headers: return try headers(header, payload)
        case .priority: return try priority(header, payload)
        case .resetStream:
            try needsStream(header)
            guard header.length == 4 else { throw HTTP2Failure(.frameLength) }
            return .resetStream(HTTP2ErrorCode(rawValue: payload.bigEndian32(0)))
        case .settings: return try settings(header, payload)
        case .pushPromise: return try pushPromise(header, payload)
        case .ping: return try ping(header, payload)
        case .goAway:
            guard header.stream == 0 else { throw HTTP2Failure(.streamNotZero) }
            guard header.length >= 8 else { throw HTTP2Failure(.frameLength) }
            let last = payload.bigEndian32(0) & HTTP2FrameHeader.streamMask
            return .goAway(lastStream: last, HTTP2ErrorCode(rawValue: payload.bigEndian32(4)))
        case .windowUpdate: return try windowUpdate(header, payload)
        case .continuation:
            try needsStream(header)
            return .continuation(payload)
        }
    }

    @inline(__always)
    private static func needsStream(_ header: HTTP2FrameHeader) throws(HTTP2Failure) {
        guard header.stream != 0 else { throw HTTP2Failure(.streamZero) }
    }

    /// The payload without the pad length and the padding (sections 6.1 and 6.2).
    @inline(__always)
    private static func unpadded(
        _ header: HTTP2FrameHeader, _ payload: UnsafeRawBufferPointer
    ) throws(HTTP2Failure) -> UnsafeRawBufferPointer {
        guard header.flags.contains(.padded) else { return payload }
        guard let padding = payload.first else { throw HTTP2Failure(.frameLength) }
        guard Int(padding) < payload.count else { throw HTTP2Failure(.padding) }
        return payload.part(1, payload.count - Int(padding))
    }

    private static func headers(
        _ header: HTTP2FrameHeader, _ payload: UnsafeRawBufferPointer
    ) throws(HTTP2Failure) -> HTTP2Frame {
        try needsStream(header)
        let content = try unpadded(header, payload)
        guard header.flags.contains(.priority) else { return .headers(content, nil) }
        guard content.count >= HTTP2Priority.byteCount else {
            throw HTTP2Failure(header.flags.contains(.padded) ? .padding : .frameLength)
        }
        return .headers(content.part(HTTP2Priority.byteCount, content.count), HTTP2Priority(content, at: 0))
    }

    private static func priority(
        _ header: HTTP2FrameHeader, _ payload: UnsafeRawBufferPointer
    ) throws(HTTP2Failure) -> HTTP2Frame {
        try needsStream(header)
        guard header.length == HTTP2Priority.byteCount else {
            throw HTTP2Failure(.frameLength, stream: header.stream)
        }
        return .priority(HTTP2Priority(payload, at: 0))
    }

    private static func settings(
        _ header: HTTP2FrameHeader, _ payload: UnsafeRawBufferPointer
    ) throws(HTTP2Failure) -> HTTP2Frame {
        guard header.stream == 0 else { throw HTTP2Failure(.streamNotZero) }
        if header.flags.contains(.acknowledgement) {
            guard header.length == 0 else { throw HTTP2Failure(.frameLength) }
            return .settingsAcknowledgement
        }
        guard header.length % settingBytes == 0 else { throw HTTP2Failure(.frameLength) }
        return .settings(payload)
    }

    private static func pushPromise(
        _ header: HTTP2FrameHeader, _ payload: UnsafeRawBufferPointer
    ) throws(HTTP2Failure) -> HTTP2Frame {
        try needsStream(header)
        let content = try unpadded(header, payload)
        guard content.count >= 4 else { throw HTTP2Failure(.frameLength) }
        let promised = content.bigEndian32(0) & HTTP2FrameHeader.streamMask
        guard promised != 0, promised % 2 == 0 else { throw HTTP2Failure(.promisedStream) }
        return .pushPromise(promised: promised, content.part(4, content.count))
    }

    private static func ping(
        _ header: HTTP2FrameHeader, _ payload: UnsafeRawBufferPointer
    ) throws(HTTP2Failure) -> HTTP2Frame {
        guard header.stream == 0 else { throw HTTP2Failure(.streamNotZero) }
        guard header.length == 8 else { throw HTTP2Failure(.frameLength) }
        let value = UInt64(payload.bigEndian32(0)) << 32 | UInt64(payload.bigEndian32(4))
        return header.flags.contains(.acknowledgement) ? .pingAcknowledgement(value) : .ping(value)
    }

    private static func windowUpdate(
        _ header: HTTP2FrameHeader, _ payload: UnsafeRawBufferPointer
    ) throws(HTTP2Failure) -> HTTP2Frame {
        guard header.length == 4 else { throw HTTP2Failure(.frameLength) }
        let increment = payload.bigEndian32(0) & HTTP2FrameHeader.streamMask
        guard increment > 0 else { throw HTTP2Failure(.windowIncrement, stream: header.stream) }
        return .windowUpdate(increment)
    }
}
