/// DATA going out (RFC 9113 sections 6.1 and 6.9).
extension HTTP2Connection {
    /// How many bytes of DATA a stream may send now; nil when it may not send DATA at all any more, or not yet.
    func sendCapacity(_ id: UInt32) -> Int? {
        guard failure == nil, let place = streams.find(id), streams[place].has(.sentHead),
            !streams[place].has(.sentEnd)
        else { return nil }
        return max(0, min(streams[place].sendWindow, sendWindow))
    }

    /// Queues as much of `bytes` as both windows allow and gives how much that was; nil when the stream cannot send.
    /// `endStream` counts when all was taken: otherwise come again with the rest when a window opens. Data that
    /// contradicts the `content-length` sent resets the stream, so that a truncated body never looks whole.
    mutating func sendData(_ id: UInt32, _ bytes: UnsafeRawBufferPointer, endStream: Bool) -> Int? {
        guard let capacity = sendCapacity(id), let place = streams.find(id) else { return nil }
        let accepted = min(capacity, bytes.count)
        let ends = endStream && accepted == bytes.count
        let promised = streams[place].sendRemaining
        if promised >= 0 {
            guard bytes.count <= promised, !ends || accepted == promised else {
                abandon(id, .internalError)
                return nil
            }
            streams[place].sendRemaining = promised - accepted
        }
        queueData(id, bytes.part(0, accepted), endStream: ends)
        sendWindow &-= accepted
        streams[place].sendWindow &-= accepted
        if ends { sentEnd(place) }
        return accepted
    }

    @inline(__always)
    private mutating func queueData(_ id: UInt32, _ bytes: UnsafeRawBufferPointer, endStream: Bool) {
        let most = min(peer.frameBytes, HTTP2Limits.frameBytesRange.lowerBound)
        var at = 0
        while at < bytes.count || (endStream && at == 0) {
            let next = min(at &+ most, bytes.count)
            let isLast = next == bytes.count
            flood.earn()
            write { output in
                output.appendFrame(.data, endStream && isLast ? .endStream : [], id, length: next &- at)
                output.append(bytes.part(at, next))
            }
            at = next
            if isLast { return }
        }
    }
}
