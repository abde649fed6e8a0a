/// How streams end, from either side (RFC 9113 sections 5.1, 5.4 and 6.8).
extension HTTP2Connection {
    /// The peer's side of a stream is complete.
    @inline(__always)
    mutating func receivedEnd(_ place: Int) {
        streams[place].progress.insert(.receivedEnd)
        if streams[place].has(.sentEnd) { remove(place, .complete) }
    }

    /// Our side of a stream is complete.
    @inline(__always)
    mutating func sentEnd(_ place: Int) {
        streams[place].progress.insert(.sentEnd)
        if streams[place].has(.receivedEnd) { remove(place, .complete) }
    }

    /// Forgets a stream. What the caller has not used up is given back to the connection's window.
    @inline(__always)
    mutating func remove(_ place: Int, _ end: HTTP2ClosedStreams.End) {
        let id = streams[place].id
        let unconsumed = streams[place].unconsumedBytes
        if data.stream == id { data.isIgnored = true }
        if end != .complete { closed.close(id, end) }
        streams.remove(place)
        if unconsumed > 0 { creditConnection(unconsumed) }
    }

    /// Queues RST_STREAM and forgets the stream, if it is known.
    mutating func abandon(_ id: UInt32, _ code: HTTP2ErrorCode) {
        write { $0.appendReset(id, code) }
        if let place = streams.find(id) {
            remove(place, .resetByUs)
        } else {
            closed.close(id, .resetByUs)
        }
    }

    // MARK: - For the caller

    /// Ends a stream at once with RST_STREAM (section 6.4); frames of it that are on their way are ignored.
    mutating func resetStream(_ id: UInt32, _ code: HTTP2ErrorCode) {
        guard failure == nil, let place = streams.find(id) else { return }
        guard section.stream == id else { return abandon(id, code) }
        section = HTTP2FieldSection()
        encoder.abandonBlock()
        if role == .client, !streams[place].has(.sentHead) {
            // The server has not heard of it: there is nothing to reset, the next stream closes it (section 5.1.1).
            remove(place, .resetByUs)
        } else {
            abandon(id, code)
        }
    }

    /// Gives back memory that only busy connections need; for idle ones.
    mutating func releaseMemory() {
        releaseOutput()
        if section.stream == 0 { block.clear(keeping: 0) }
        foldedName.clear(keeping: 0)
        headers.clear(keeping: 0)
    }

    /// Asks the peer to open no more streams, and still takes those on their way (section 6.8). Follow it with
    /// ``goAway(_:)`` after a round trip, for which ``ping(_:)`` is good.
    mutating func beginShutdown() {
        guard failure == nil, goAwaySent == nil else { return }
        goAwaySent = HTTP2FrameHeader.streamMask
        write { $0.appendGoAway(lastStream: HTTP2FrameHeader.streamMask, .noError) }
    }

    /// Takes no more streams than it has; the connection is done when ``streamCount`` is 0.
    mutating func goAway(_ code: HTTP2ErrorCode) {
        guard failure == nil else { return }
        let last = role == .server ? min(closed.last, goAwaySent ?? closed.last) : 0
        goAwaySent = last
        write { $0.appendGoAway(lastStream: last, code) }
    }

    /// Sends a PING (section 6.7); the answer is an event.
    mutating func ping(_ value: UInt64) {
        guard failure == nil else { return }
        write { $0.appendPing(value, acknowledges: false) }
    }
}
