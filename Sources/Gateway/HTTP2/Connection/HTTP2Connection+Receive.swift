/// Bytes in, events out.
extension HTTP2Connection {
    /// Takes bytes from `offset` on and gives the next event, or nil when it needs more.
    ///
    /// Call it until it gives nil, then keep the bytes from `offset` on and come again with them and more: frames but
    /// DATA are taken whole, so that this is never more than ``HTTP2Limits/frameBytes`` and 9 bytes. DATA is passed on
    /// as it arrives, as a range of `bytes`.
    ///
    /// - Throws: What ends the connection, each time from then on; GOAWAY with its code is queued: send it and close.
    mutating func receive(
        _ bytes: UnsafeRawBufferPointer, at offset: inout Int, nowNanos: UInt64
    ) throws(HTTP2Fault) -> HTTP2Event? {
        if let failure { throw failure }
        flood.nowNanos = nowNanos
        do throws(HTTP2Failure) {
            while true {
                let before = offset
                if let event = try step(bytes, &offset) { return event }
                if offset == before { return nil }
            }
        } catch {
            return try settle(error)
        }
    }

    private mutating func step(
        _ bytes: UnsafeRawBufferPointer, _ offset: inout Int
    ) throws(HTTP2Failure) -> HTTP2Event? {
        if data.isActive { return passData(bytes, &offset) }
        if !hasPreface {
            try readPreface(bytes, &offset)
            return nil
        }
        guard let header = HTTP2FrameHeader(bytes, at: offset) else { return nil }
        guard header.length <= limits.frameBytes else { throw HTTP2Failure(.frameTooLarge) }
        if !hasSettings { try checkFirst(header) }
        if assembly.isActive {
            guard header.type == HTTP2FrameType.continuation.rawValue, header.stream == assembly.stream else {
                throw HTTP2Failure(.continuationExpected)
            }
        }
        if header.type == HTTP2FrameType.data.rawValue { return try beginData(header, bytes, &offset) }
        let start = offset &+ HTTP2FrameHeader.byteCount
        guard bytes.count &- start >= header.length else { return nil }
        offset = start &+ header.length
        return try take(header, try HTTP2Frame.read(header, bytes.part(start, offset)))
    }

    /// Section 3.4: a server compares each byte as it comes.
    private mutating func readPreface(_ bytes: UnsafeRawBufferPointer, _ offset: inout Int) throws(HTTP2Failure) {
        let expected = UnsafeRawBufferPointer(Self.preface)
        let available = min(bytes.count - offset, expected.count)
        guard bytes.part(offset, offset + available).isEqual(expected.part(0, available)) else {
            throw HTTP2Failure(.preface)
        }
        guard available == expected.count else { return }
        offset += available
        hasPreface = true
    }

    /// Section 3.4: SETTINGS comes first, and is no acknowledgement.
    private func checkFirst(_ header: HTTP2FrameHeader) throws(HTTP2Failure) {
        guard header.type == HTTP2FrameType.settings.rawValue, !header.flags.contains(.acknowledgement) else {
            throw HTTP2Failure(.settingsExpected)
        }
    }

    @inline(__always)
    private mutating func take(
        _ header: HTTP2FrameHeader, _ frame: HTTP2Frame
    ) throws(HTTP2Failure) -> HTTP2Event? {
        switch frame {
        case .headers(let fragment, let priority):
            let head = HTTP2BlockHead(
                stream: header.stream, endStream: header.flags.contains(.endStream),
                dependsOnItself: priority?.dependency == header.stream)
            if header.flags.contains(.endHeaders) { return try takeBlock(head, fragment) }
            assembly.begin(head, fragment)
            return nil
        case .continuation(let fragment):
            guard assembly.isActive else { throw HTTP2Failure(.continuationUnexpected) }
            try assembly.add(fragment, limits: limits)
            return header.flags.contains(.endHeaders) ? try takeAssembled() : nil
        case .windowUpdate(let increment): return try takeWindowUpdate(header.stream, increment)
        case .resetStream(let code): return try takeReset(header.stream, code)
        default: return try takeControl(header, frame)
        }
    }

    /// What a failure leads to: RST_STREAM and an event, or GOAWAY and the end.
    private mutating func settle(_ failure: HTTP2Failure) throws(HTTP2Fault) -> HTTP2Event? {
        guard failure.stream != 0, !isIdle(failure.stream) else { throw end(failure.fault) }
        do throws(HTTP2Failure) {
            try flood.reset()
            try noteReply()
        } catch {
            throw end(error.fault)
        }
        abandon(failure.stream, failure.fault.code)
        return .streamFailed(stream: failure.stream, fault: failure.fault)
    }

    private mutating func end(_ fault: HTTP2Fault) -> HTTP2Fault {
        failure = fault
        // Section 6.8: a later GOAWAY must not name a higher stream.
        let last = role == .server ? min(closed.last, goAwaySent ?? closed.last) : 0
        write { $0.appendGoAway(lastStream: last, fault.code) }
        return fault
    }

    /// Never opened, nor skipped by opening a higher one (section 5.1.1).
    @inline(__always)
    func isIdle(_ id: UInt32) -> Bool { id > closed.last || id & 1 == 0 }
}
