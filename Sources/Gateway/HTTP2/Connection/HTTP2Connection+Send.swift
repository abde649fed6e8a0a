/// What goes out on a stream (RFC 9113 sections 6.1, 6.2, 6.9 and 8.1).
extension HTTP2Connection {
    /// Larger frames would hold up the other streams, whatever the peer allows.
    private static let largestFrameBytes = 65_536

    /// Client: whether ``openStream(nowNanos:)`` would open one.
    var canOpenStream: Bool {
        role == .client && failure == nil && goAwaySent == nil && goAwayReceived == nil
            && streams.count < peer.maxConcurrentStreams && streams.count < limits.maxConcurrentStreams
            && closed.last < HTTP2FrameHeader.streamMask - 2
    }

    /// Client: opens a stream and begins its head, which must be added and ended before anything else is sent. Nil when
    /// the peer takes no more now (section 5.1.2), or none at all after GOAWAY.
    mutating func openStream(nowNanos: UInt64) -> UInt32? {
        guard canOpenStream, section.stream == 0 else { return nil }
        flood.nowNanos = nowNanos
        let id = closed.last == 0 ? 1 : closed.last + 2
        closed.open(id)
        streams.insert(newStream(id))
        begin(id, isTrailers: false)
        return id
    }

    /// Server: begins a response's head, or an interim one (1xx), which must be added and ended before anything else is
    /// sent. False when the stream is closed or has its head.
    mutating func beginHead(_ id: UInt32) -> Bool {
        guard role == .server, failure == nil, section.stream == 0, let place = streams.find(id),
            !streams[place].has(.sentHead), !streams[place].has(.sentEnd)
        else { return false }
        begin(id, isTrailers: false)
        return true
    }

    /// Begins the trailers, which end the stream. False when it is closed or has no head yet.
    mutating func beginTrailers(_ id: UInt32) -> Bool {
        guard failure == nil, section.stream == 0, let place = streams.find(id), streams[place].has(.sentHead),
            !streams[place].has(.sentEnd)
        else { return false }
        begin(id, isTrailers: true)
        return true
    }

    private mutating func begin(_ id: UInt32, isTrailers: Bool) {
        section = HTTP2FieldSection(stream: id, isTrailers: isTrailers)
        block.clear()
        encoder.begin(&block)
    }

    /// Adds a field to the section begun, pseudo-header fields first. Upper-case letters of the name become lower-case;
    /// all else is the caller's duty: names and values of the grammar, no connection-specific fields.
    mutating func add(_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer, sensitive: Bool = false) {
        guard section.stream != 0, !name.isEmpty else { return }
        foldedName.clear()
        let room = foldedName.reserve(name.count)
        for index in 0..<name.count { room[index] = Span<UInt8>.fold(name[index]) }
        foldedName.commit(name.count)
        note(foldedName.readable, value)
        encoder.encode(foldedName.readable, value, sensitive: sensitive, &block)
    }

    /// Adds a field whose name is a lower-case literal.
    mutating func add(_ name: StaticString, _ value: UnsafeRawBufferPointer, sensitive: Bool = false) {
        guard section.stream != 0 else { return }
        let name = UnsafeRawBufferPointer(name)
        note(name, value)
        encoder.encode(name, value, sensitive: sensitive, &block)
    }

    /// Adds a field of literals.
    mutating func add(_ name: StaticString, _ value: StaticString) {
        add(name, UnsafeRawBufferPointer(value))
    }

    /// What the machine itself has to know of a section.
    @inline(__always)
    private mutating func note(_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) {
        switch name.count {
        case 7 where name.isEqual(":method"):
            section.isHead = value.isEqual("HEAD")
            section.isConnect = value.isEqual("CONNECT")
        case 7 where name.isEqual(":status"):
            section.isInterim = value.first == 0x31
            section.hasNoContent = value.isEqual("204") || value.isEqual("304")
        case 14 where name.isEqual("content-length"):
            var length = 0
            for byte in value.prefix(18) where ByteClass.isDigit(byte) { length = length * 10 + Int(byte & 15) }
            section.contentLength = length
        default: break
        }
    }

    /// Ends the section begun and queues HEADERS, with CONTINUATION where one frame is too small for it. An end before
    /// the `content-length` promised resets the stream.
    mutating func endHead(endStream: Bool) {
        let ended = section
        section = HTTP2FieldSection()
        guard failure == nil, let place = streams.find(ended.stream) else { return encoder.abandonBlock() }
        if ended.isInterim { return queueBlock(ended.stream, endStream: false) }
        if !ended.isTrailers {
            streams[place].progress.insert(.sentHead)
            if ended.isHead { streams[place].progress.insert(.isHead) }
            if ended.isConnect { streams[place].progress.insert(.isConnect) }
            streams[place].sendRemaining = expected(ended, streams[place])
        }
        guard endStream || ended.isTrailers else { return queueBlock(ended.stream, endStream: false) }
        if streams[place].sendRemaining > 0 {
            // The block goes out all the same: the peer's table has to stay in step.
            queueBlock(ended.stream, endStream: false)
            return abandon(ended.stream, .internalError)
        }
        queueBlock(ended.stream, endStream: true)
        sentEnd(place)
    }

    /// How many bytes of DATA the head promised, below 0 when it did not say.
    private func expected(_ ended: HTTP2FieldSection, _ stream: HTTP2Stream) -> Int {
        if stream.has(.isConnect) { return -1 }
        if role == .server, ended.hasNoContent || stream.has(.isHead) { return 0 }
        return ended.contentLength
    }

    private mutating func queueBlock(_ id: UInt32, endStream: Bool) {
        let most = min(peer.frameBytes, Self.largestFrameBytes)
        let length = block.count
        let first = min(length, most)
        var flags: HTTP2FrameFlags = endStream ? .endStream : []
        if first == length { flags.insert(.endHeaders) }
        appendFrame(.headers, flags, id, block.readable.part(0, first))
        var at = first
        while at < length {
            let next = min(at + most, length)
            appendFrame(.continuation, next == length ? .endHeaders : [], id, block.readable.part(at, next))
            at = next
        }
        // A block this large is rare: its memory is not kept.
        block.clear(keeping: Self.largestFrameBytes)
    }

    @inline(__always)
    private mutating func appendFrame(
        _ type: HTTP2FrameType, _ flags: HTTP2FrameFlags, _ id: UInt32, _ payload: UnsafeRawBufferPointer
    ) {
        write { output in
            output.appendFrame(type, flags, id, length: payload.count)
            output.append(payload)
        }
    }
}
