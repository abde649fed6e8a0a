/// DATA coming in, and its flow control (RFC 9113 sections 5.2, 6.1 and 6.9).
extension HTTP2Connection {
    /// Reads a DATA frame's header and pad length; the payload is passed on piece by piece.
    @inline(__always)
    mutating func beginData(
        _ header: HTTP2FrameHeader, _ bytes: UnsafeRawBufferPointer, _ offset: inout Int
    ) throws(HTTP2Failure) -> HTTP2Event? {
        var frame = HTTP2DataFrame(
            stream: header.stream, dataBytes: header.length, endStream: header.flags.contains(.endStream))
        guard header.stream != 0 else { throw HTTP2Failure(.streamZero) }
        var next = offset &+ HTTP2FrameHeader.byteCount
        if header.flags.contains(.padded) {
            guard header.length > 0 else { throw HTTP2Failure(.frameLength) }
            guard next < bytes.count else { return nil }
            frame.paddingBytes = Int(bytes[next])
            frame.dataBytes = header.length &- 1 &- frame.paddingBytes
            guard frame.dataBytes >= 0 else { throw HTTP2Failure(.padding) }
            next &+= 1
        }
        guard receiveWindow.take(header.length) else { throw HTTP2Failure(.windowExceeded) }
        offset = next
        if frame.dataBytes == 0, !frame.endStream { try flood.emptyFrame() }
        return try admit(frame, length: header.length, bytes, &offset)
    }

    /// Whether the stream wants the frame. If not, its payload is skipped and counts as used up.
    @inline(__always)
    private mutating func admit(
        _ frame: HTTP2DataFrame, length: Int, _ bytes: UnsafeRawBufferPointer, _ offset: inout Int
    ) throws(HTTP2Failure) -> HTTP2Event? {
        data = frame
        do throws(HTTP2Failure) {
            guard let place = streams.find(frame.stream) else {
                try checkLate(frame.stream)
                return ignore(length, bytes, &offset)
            }
            try check(frame, length: length, place)
            streams[place].unconsumedBytes &+= frame.dataBytes
            let overhead = length &- frame.dataBytes
            if overhead > 0 { credit(place, overhead) }
        } catch {
            _ = ignore(length, bytes, &offset)
            throw error
        }
        return passData(bytes, &offset)
    }

    /// DATA on a stream that is not open.
    private func checkLate(_ id: UInt32) throws(HTTP2Failure) {
        if isIdle(id) { throw HTTP2Failure(.streamIdle) }
        switch closed.end(id) {
        case .skipped, .complete: throw HTTP2Failure(.streamClosed)
        case .resetByPeer: throw HTTP2Failure(.streamClosed, stream: id)
        case .resetByUs, nil: return
        }
    }

    @inline(__always)
    private mutating func check(_ frame: HTTP2DataFrame, length: Int, _ place: Int) throws(HTTP2Failure) {
        let stream = streams[place]
        if stream.has(.receivedEnd) { throw HTTP2Failure(.streamHalfClosed, stream: frame.stream) }
        if !stream.has(.receivedHead) { throw HTTP2Failure(.dataBeforeHead, stream: frame.stream) }
        guard streams[place].receiveWindow.take(length) else {
            throw HTTP2Failure(.windowExceeded, stream: frame.stream)
        }
        guard stream.receiveRemaining >= 0 else { return }
        let remaining = stream.receiveRemaining &- frame.dataBytes
        guard remaining >= 0, remaining == 0 || !frame.endStream else {
            throw HTTP2Failure(.bodyLength, stream: frame.stream)
        }
        streams[place].receiveRemaining = remaining
    }

    private mutating func ignore(
        _ length: Int, _ bytes: UnsafeRawBufferPointer, _ offset: inout Int
    ) -> HTTP2Event? {
        data.isIgnored = true
        creditConnection(length)
        return passData(bytes, &offset)
    }

    /// The next piece of the frame that is coming in.
    @inline(__always)
    mutating func passData(_ bytes: UnsafeRawBufferPointer, _ offset: inout Int) -> HTTP2Event? {
        let start = offset
        let count = min(data.dataBytes, bytes.count &- start)
        data.dataBytes &-= count
        offset = start &+ count
        if data.dataBytes == 0 {
            let skipped = min(data.paddingBytes, bytes.count &- offset)
            data.paddingBytes &-= skipped
            offset &+= skipped
        }
        let frame = data
        let isWhole = frame.dataBytes == 0 && frame.paddingBytes == 0
        if isWhole { data = HTTP2DataFrame() }
        if frame.isIgnored { return nil }
        let endStream = isWhole && frame.endStream
        if endStream, let place = streams.find(frame.stream) { receivedEnd(place) }
        guard count > 0 || endStream else { return nil }
        return .data(stream: frame.stream, range: start..<(start &+ count), endStream: endStream)
    }

    // MARK: - Windows

    /// The caller has used up `count` bytes of a stream's data; windows are opened again when half of one is used.
    ///
    /// What a stream still had is counted as used when it closes, so that later calls for it have no effect.
    mutating func consumed(_ id: UInt32, _ count: Int) {
        guard count > 0, let place = streams.find(id) else { return }
        let used = min(count, streams[place].unconsumedBytes)
        guard used > 0 else { return }
        streams[place].unconsumedBytes -= used
        credit(place, used)
    }

    private mutating func credit(_ place: Int, _ count: Int) {
        creditConnection(count)
        guard !streams[place].has(.receivedEnd) else { return }
        let id = streams[place].id
        let increment = streams[place].receiveWindow.credit(count)
        if increment > 0 { write { $0.appendWindowUpdate(id, increment) } }
    }

    @inline(__always)
    mutating func creditConnection(_ count: Int) {
        let increment = receiveWindow.credit(count)
        if increment > 0 { write { $0.appendWindowUpdate(0, increment) } }
    }
}
