/// The machine checks itself; for tests.
extension HTTP2Connection {
    /// Whether the parts agree with each other.
    var invariants: Bool {
        guard streams.invariants, sendWindow <= HTTP2Limits.largestWindowBytes else { return false }
        var unconsumed = 0
        for place in 0..<streams.placeCount where streams[place].id != 0 {
            let stream = streams[place]
            guard !(stream.has(.sentEnd) && stream.has(.receivedEnd)), stream.unconsumedBytes >= 0,
                !isIdle(stream.id), stream.sendWindow <= HTTP2Limits.largestWindowBytes
            else { return false }
            unconsumed += stream.unconsumedBytes
        }
        // Everything the connection's window lacks is with the callers of some stream, or owed.
        return receiveWindow.remaining + receiveWindow.owed + unconsumed == receiveWindow.target
    }
}
