/// Header blocks coming in (RFC 9113 sections 5.1, 6.2 and 8).
extension HTTP2Connection {
    /// Takes a block that came in several frames.
    mutating func takeAssembled() throws(HTTP2Failure) -> HTTP2Event? {
        let head = assembly.head
        try decode(assembly.block)
        assembly.end()
        return try place(head)
    }

    /// Takes a block that came in one frame.
    @inline(__always)
    mutating func takeBlock(
        _ head: HTTP2BlockHead, _ block: UnsafeRawBufferPointer
    ) throws(HTTP2Failure) -> HTTP2Event? {
        try decode(block)
        return try place(head)
    }

    /// Every block is decoded, also for streams nobody wants: the table is the connection's (section 4.3).
    private mutating func decode(_ block: UnsafeRawBufferPointer) throws(HTTP2Failure) {
        headers.clear()
        do throws(HPACKFault) {
            try decoder.decode(block, into: &headers)
        } catch {
            throw HTTP2Failure(error == .listTooLarge ? .headerBlockTooLarge : .compression)
        }
    }

    private mutating func place(_ head: HTTP2BlockHead) throws(HTTP2Failure) -> HTTP2Event? {
        if let place = streams.find(head.stream) {
            return try takeMore(head, place)
        }
        guard isIdle(head.stream) else { return try takeLate(head) }
        guard role == .server, head.stream & 1 == 1 else { throw HTTP2Failure(.streamIdentifier) }
        return try takeRequest(head)
    }

    /// A block on a closed stream.
    private mutating func takeLate(_ head: HTTP2BlockHead) throws(HTTP2Failure) -> HTTP2Event? {
        switch closed.end(head.stream) {
        case .skipped: throw HTTP2Failure(.streamIdentifier)
        case .complete: throw HTTP2Failure(.streamClosed)
        case .resetByPeer: throw HTTP2Failure(.streamClosed, stream: head.stream)
        // It was on its way when our RST_STREAM was (section 5.1), or is too old to tell.
        case .resetByUs, nil:
            try flood.emptyFrame()
            return nil
        }
    }

    // MARK: - Server

    private mutating func takeRequest(_ head: HTTP2BlockHead) throws(HTTP2Failure) -> HTTP2Event? {
        if let last = goAwaySent, head.stream > last {
            // Section 6.8: ignored, and what follows on it; the client knows that it was not served.
            closed.open(head.stream)
            closed.close(head.stream, .resetByUs)
            try flood.emptyFrame()
            return nil
        }
        closed.open(head.stream)
        if streams.count >= limits.maxConcurrentStreams { return try refuse(head.stream) }
        if head.dependsOnItself { throw HTTP2Failure(.selfDependency, stream: head.stream) }
        // Of a section that is too large, what was kept tells the method at least.
        let fault = headers.checkRequest()
        if let fault, !headers.isTooLarge { throw HTTP2Failure(fault, stream: head.stream) }
        try openRequest(head)
        return headers.isTooLarge
            ? .headersTooLarge(stream: head.stream, endStream: head.endStream)
            : .head(stream: head.stream, endStream: head.endStream)
    }

    private mutating func openRequest(_ head: HTTP2BlockHead) throws(HTTP2Failure) {
        var stream = newStream(head.stream)
        stream.progress = head.endStream ? [.receivedHead, .receivedEnd] : .receivedHead
        let method = headers.bytes(headers.pseudo.method)
        if method.isEqual("HEAD") { stream.progress.insert(.isHead) }
        if method.isEqual("CONNECT") { stream.progress.insert(.isConnect) }
        if !headers.isTooLarge, !stream.has(.isConnect) {
            stream.receiveRemaining = headers.contentLength ?? -1
            if head.endStream, stream.receiveRemaining > 0 { throw HTTP2Failure(.bodyLength, stream: head.stream) }
        }
        streams.insert(stream)
    }

    /// Section 5.1.2. A client that cannot know our limit yet is not counted as a flood.
    private mutating func refuse(_ id: UInt32) throws(HTTP2Failure) -> HTTP2Event? {
        if hasAcknowledgement { throw HTTP2Failure(.streamRefused, stream: id) }
        try noteReply()
        abandon(id, .refusedStream)
        return .streamFailed(stream: id, fault: .streamRefused)
    }

    @inline(__always)
    mutating func newStream(_ id: UInt32) -> HTTP2Stream {
        flood.earn()
        var stream = HTTP2Stream()
        stream.id = id
        stream.sendWindow = peer.initialWindowBytes
        stream.receiveWindow = HTTP2ReceiveWindow(
            target: limits.streamWindowBytes, remaining: initialReceiveWindow)
        stream.openedNanos = flood.nowNanos
        return stream
    }

    // MARK: - Open streams

    private mutating func takeMore(_ head: HTTP2BlockHead, _ place: Int) throws(HTTP2Failure) -> HTTP2Event? {
        if head.dependsOnItself { throw HTTP2Failure(.selfDependency, stream: head.stream) }
        let progress = streams[place].progress
        if progress.contains(.receivedEnd) { throw HTTP2Failure(.streamHalfClosed, stream: head.stream) }
        if progress.contains(.receivedHead) { return try takeTrailers(head, place) }
        if !progress.contains(.sentHead) { throw HTTP2Failure(.streamIdentifier) }
        return try takeResponse(head, place)
    }

    private mutating func takeTrailers(_ head: HTTP2BlockHead, _ place: Int) throws(HTTP2Failure) -> HTTP2Event? {
        guard head.endStream else { throw HTTP2Failure(.trailersWithoutEnd, stream: head.stream) }
        if !headers.isTooLarge, let fault = headers.checkTrailers() {
            throw HTTP2Failure(fault, stream: head.stream)
        }
        if streams[place].receiveRemaining > 0 { throw HTTP2Failure(.bodyLength, stream: head.stream) }
        let isTooLarge = headers.isTooLarge
        receivedEnd(place)
        return isTooLarge
            ? .headersTooLarge(stream: head.stream, endStream: true) : .trailers(stream: head.stream)
    }

    private mutating func takeResponse(_ head: HTTP2BlockHead, _ place: Int) throws(HTTP2Failure) -> HTTP2Event? {
        if headers.isTooLarge {
            streams[place].progress.insert(.receivedHead)
            if head.endStream { receivedEnd(place) }
            return .headersTooLarge(stream: head.stream, endStream: head.endStream)
        }
        if let fault = headers.checkResponse() { throw HTTP2Failure(fault, stream: head.stream) }
        if headers.pseudo.status < 200 {
            if head.endStream { throw HTTP2Failure(.interimWithEnd, stream: head.stream) }
            streams[place].interimCount += 1
            guard streams[place].interimCount <= limits.interimResponses else {
                throw HTTP2Failure(.interimFlood, stream: head.stream)
            }
            return .interim(stream: head.stream)
        }
        let length = headers.contentLength ?? -1
        if headers.hasNoContent(toHead: streams[place].has(.isHead)) {
            streams[place].receiveRemaining = 0
        } else if !streams[place].has(.isConnect) {
            if head.endStream, length > 0 { throw HTTP2Failure(.bodyLength, stream: head.stream) }
            streams[place].receiveRemaining = length
        }
        streams[place].progress.insert(.receivedHead)
        if head.endStream { receivedEnd(place) }
        return .head(stream: head.stream, endStream: head.endStream)
    }
}
