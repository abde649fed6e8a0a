/// Frames about the connection and about streams' ends (RFC 9113 sections 6.3 to 6.9).
extension HTTP2Connection {
    mutating func takeControl(_ header: HTTP2FrameHeader, _ frame: HTTP2Frame) throws(HTTP2Failure) -> HTTP2Event? {
        switch frame {
        case .settings(let payload): return try takeSettings(payload)
        case .settingsAcknowledgement: return try takeAcknowledgement()
        case .ping(let value):
            try flood.ping()
            try noteReply()
            write { $0.appendPing(value, acknowledges: true) }
            return nil
        case .pingAcknowledgement(let value):
            try flood.ping()
            return .pingAcknowledged(value)
        case .priority(let priority):
            if priority.dependency == header.stream { throw HTTP2Failure(.selfDependency, stream: header.stream) }
            try flood.emptyFrame()
            return nil
        case .goAway(let last, let code): return try takeGoAway(last, code)
        // We never allow push (section 8.4).
        case .pushPromise: throw HTTP2Failure(.push)
        default:
            try flood.emptyFrame()
            return nil
        }
    }

    // MARK: - Settings

    private mutating func takeSettings(_ payload: UnsafeRawBufferPointer) throws(HTTP2Failure) -> HTTP2Event? {
        try flood.settingsFrame(count: payload.count / HTTP2Frame.settingBytes)
        hasSettings = true
        let before = peer.initialWindowBytes
        for at in stride(from: 0, to: payload.count, by: HTTP2Frame.settingBytes) {
            let id = UInt16(payload[at]) << 8 | UInt16(payload[at + 1])
            let tableBytes = peer.headerTableBytes
            try peer.apply(id, payload.bigEndian32(at + 2), to: role)
            // Each value counts: the smallest one between two blocks has to be signalled (RFC 7541 section 4.2).
            if peer.headerTableBytes != tableBytes { encoder.setPeerLimit(peer.headerTableBytes) }
        }
        try shiftSendWindows(peer.initialWindowBytes - before)
        try noteReply()
        write { $0.appendFrame(.settings, .acknowledgement, 0, length: 0) }
        return .settingsChanged
    }

    /// Section 6.9.2: windows of open streams move with the setting, below 0 as well.
    private mutating func shiftSendWindows(_ delta: Int) throws(HTTP2Failure) {
        guard delta != 0 else { return }
        for place in 0..<streams.placeCount where streams[place].id != 0 {
            streams[place].sendWindow += delta
            guard streams[place].sendWindow <= HTTP2Limits.largestWindowBytes else {
                throw HTTP2Failure(.windowOverflow)
            }
        }
    }

    /// Our settings hold from here on (section 6.5.3).
    private mutating func takeAcknowledgement() throws(HTTP2Failure) -> HTTP2Event? {
        guard !hasAcknowledgement else {
            try flood.emptyFrame()
            return nil
        }
        hasAcknowledgement = true
        decoder.acknowledge(tableBytes: limits.decoderTableBytes)
        let delta = limits.streamWindowBytes - initialReceiveWindow
        initialReceiveWindow = limits.streamWindowBytes
        if delta != 0 {
            for place in 0..<streams.placeCount where streams[place].id != 0 {
                streams[place].receiveWindow.shift(delta)
            }
        }
        return .settingsAcknowledged
    }

    // MARK: - Ends

    mutating func takeReset(_ id: UInt32, _ code: HTTP2ErrorCode) throws(HTTP2Failure) -> HTTP2Event? {
        if isIdle(id) { throw HTTP2Failure(.streamIdle) }
        guard let place = streams.find(id) else {
            try flood.emptyFrame()
            return nil
        }
        if role == .server { try flood.resetByPeer(openedNanos: streams[place].openedNanos) }
        remove(place, .resetByPeer)
        return .streamReset(stream: id, code: code)
    }

    private mutating func takeGoAway(_ last: UInt32, _ code: HTTP2ErrorCode) throws(HTTP2Failure) -> HTTP2Event? {
        try flood.emptyFrame()
        // Section 6.8: it must not rise; if it does, the lower one holds.
        let last = min(last, goAwayReceived ?? last)
        goAwayReceived = last
        if role == .client {
            // Removal moves streams to other places: first whom, then each by its identifier.
            let gone = (0..<streams.placeCount).map { streams[$0].id }.filter { $0 > last }
            for id in gone {
                if let place = streams.find(id) { remove(place, .resetByPeer) }
            }
        }
        return .goAway(lastStream: last, code: code)
    }

    // MARK: - Windows

    mutating func takeWindowUpdate(_ id: UInt32, _ increment: UInt32) throws(HTTP2Failure) -> HTTP2Event? {
        if id == 0 {
            try flood.emptyFrame()
            let before = sendWindow
            sendWindow = before + Int(increment)
            guard sendWindow <= HTTP2Limits.largestWindowBytes else { throw HTTP2Failure(.windowOverflow) }
            return before <= 0 && sendWindow > 0 ? .connectionWindowOpened : nil
        }
        if isIdle(id) { throw HTTP2Failure(.streamIdle) }
        try flood.emptyFrame()
        guard let place = streams.find(id) else { return nil }
        let before = streams[place].sendWindow
        let after = before + Int(increment)
        guard after <= HTTP2Limits.largestWindowBytes else { throw HTTP2Failure(.windowOverflow, stream: id) }
        streams[place].sendWindow = after
        return before <= 0 && after > 0 ? .streamWindowOpened(stream: id) : nil
    }
}
