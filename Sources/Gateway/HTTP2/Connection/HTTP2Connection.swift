/// One HTTP/2 connection as a state machine without input and output (RFC 9113), for both roles.
///
/// Hot path: benchmark `gateway`. Bytes go into ``receive(_:at:nowNanos:)`` and events come out; what is to be sent
/// gathers in ``output``, whose owner tells ``sent(_:)``. Nothing on the way of a request allocates once the buffers
/// have their size. All memory is bounded by ``HTTP2Limits``, but for the DATA the caller itself sends.
struct HTTP2Connection: ~Copyable {
    let role: HTTP2Role
    let limits: HTTP2Limits

    /// What is to be written to the socket, the oldest byte first.
    private(set) var output = ByteQueue()
    /// The fields of the last head, interim or trailers event.
    var headers: HeaderBlock
    var peer = HTTP2PeerSettings()
    /// Set once; everything ends with it.
    var failure: HTTP2Fault?

    var streams = HTTP2StreamTable()
    /// Of the side that opens streams: the client's.
    var closed = HTTP2ClosedStreams()
    var decoder = HPACKDecoder()
    var encoder: HPACKEncoder
    var assembly = HTTP2HeaderAssembly()
    var data = HTTP2DataFrame()
    var section = HTTP2FieldSection()
    var block = ByteQueue()
    var foldedName = ByteQueue()
    var flood: HTTP2FloodGuard

    /// How much we may send on all streams together.
    var sendWindow = HTTP2Limits.initialWindowBytes
    var receiveWindow: HTTP2ReceiveWindow
    /// What a new stream's receive window is: ours, and not below the default until the peer has our settings.
    var initialReceiveWindow: Int

    var hasPreface: Bool
    var hasSettings = false
    var hasAcknowledgement = false
    /// The last stream named in our GOAWAY; nil before.
    var goAwaySent: UInt32?
    /// The last stream named in the peer's GOAWAY; nil before.
    var goAwayReceived: UInt32?

    /// Answers queued since `repliesMark`, a position in all bytes ever queued, was set.
    private var replies = 0
    private var repliesMark: UInt64 = 0
    private var sentBytes: UInt64 = 0

    /// Queues what a connection begins with (section 3.4): the client's preface, SETTINGS, the connection's window.
    init(_ role: HTTP2Role, limits: HTTP2Limits = HTTP2Limits()) {
        let limits = limits.normalized
        self.role = role
        self.limits = limits
        headers = HeaderBlock(limits: limits)
        encoder = HPACKEncoder(tableBytes: limits.encoderTableBytes)
        flood = HTTP2FloodGuard(limits: limits)
        receiveWindow = HTTP2ReceiveWindow(
            target: limits.connectionWindowBytes, remaining: limits.connectionWindowBytes)
        initialReceiveWindow = max(limits.streamWindowBytes, HTTP2Limits.initialWindowBytes)
        hasPreface = role == .client
        decoder.announce(tableBytes: limits.decoderTableBytes)
        queueStart()
    }

    /// Streams that are not closed.
    var streamCount: Int { streams.count }

    /// Of the bytes in ``output``, that many were written.
    mutating func sent(_ count: Int) {
        output.consume(count)
        sentBytes &+= UInt64(truncatingIfNeeded: count)
    }

    /// Gives back the memory of an empty output.
    mutating func releaseOutput() {
        if output.isEmpty { output.clear(keeping: 0) }
    }

    /// For the parts of the machine: queues bytes.
    @inline(__always)
    mutating func write<Result>(_ body: (inout ByteQueue) -> Result) -> Result { body(&output) }

    /// Counts an answer to a frame of the peer, and refuses it when too many are waiting.
    mutating func noteReply() throws(HTTP2Failure) {
        if sentBytes >= repliesMark {
            replies = 0
            repliesMark = sentBytes &+ UInt64(truncatingIfNeeded: output.count) &+ 1
        }
        replies += 1
        guard replies <= limits.pendingReplies else { throw HTTP2Failure(.replyFlood) }
    }

    private mutating func queueStart() {
        if role == .client { output.append(Self.preface) }
        let frameBytes = HTTP2Limits.frameBytesRange.lowerBound
        var settings = ByteQueue()
        if limits.decoderTableBytes != HPACKDecoder.initialTableBytes {
            settings.appendSetting(.headerTableSize, limits.decoderTableBytes)
        }
        if role == .client {
            settings.appendSetting(.enablePush, 0)
        } else {
            settings.appendSetting(.maxConcurrentStreams, limits.maxConcurrentStreams)
        }
        settings.appendSetting(.initialWindowSize, limits.streamWindowBytes)
        if limits.frameBytes != frameBytes { settings.appendSetting(.maxFrameSize, limits.frameBytes) }
        settings.appendSetting(.maxHeaderListSize, limits.headerListBytes)
        output.appendFrame(.settings, [], 0, length: settings.count)
        output.append(settings.readable)
        let increment = limits.connectionWindowBytes - HTTP2Limits.initialWindowBytes
        if increment > 0 { output.appendWindowUpdate(0, increment) }
    }

    /// What a client begins with (section 3.4).
    static let preface: StaticString = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
}
