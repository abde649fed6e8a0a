/// A stream that is open or half closed (RFC 9113 section 5.1).
struct HTTP2Stream {
    /// What has been sent and received.
    struct Progress: OptionSet {
        var rawValue: UInt8

        /// The request's or the final response's head has come.
        static let receivedHead = Progress(rawValue: 1)
        static let receivedEnd = Progress(rawValue: 2)
        static let sentHead = Progress(rawValue: 4)
        static let sentEnd = Progress(rawValue: 8)
        /// The request's method is HEAD.
        static let isHead = Progress(rawValue: 16)
        static let isConnect = Progress(rawValue: 32)
    }

    /// 0 is a free place in the table.
    var id: UInt32 = 0
    var progress: Progress = []
    /// How much we may send; signed (section 6.9.2).
    var sendWindow = 0
    var receiveWindow = HTTP2ReceiveWindow(target: 0, remaining: 0)
    /// Received and not yet used up by the caller.
    var unconsumedBytes = 0
    /// Of the peer's `content-length`; below 0 when it gave none.
    var receiveRemaining = -1
    /// Of our own `content-length`.
    var sendRemaining = -1
    var openedNanos: UInt64 = 0
    /// 1xx responses received.
    var interimCount = 0

    @inline(__always)
    func has(_ what: Progress) -> Bool { progress.contains(what) }
}
