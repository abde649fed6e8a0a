import NIOCore

/// A client's connection: parses its requests one after another and carries each to its answer.
///
/// One handler does it all, because each further handler would cost a dynamic call and a retain for every read and
/// write. Hot path: benchmark `gateway`; no `String`, no promise and no timer for a request that goes well.
final class ClientConnection: DeadlineEntry, ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    enum Phase {
        /// Between requests, or in the middle of a head.
        case head
        /// Waiting for a connection to an upstream.
        case connecting
        /// An upstream is attached: the body goes out, the answer comes back.
        case streaming
        /// Collecting the body of a request that the gateway answers itself.
        case localBody
        /// The local handler is at work.
        case localPending
        /// A local answer is going out while its body is being made.
        case localStreaming
        /// The last answer is out; the client's bytes are thrown away until it closes.
        case lingering
        case closed
    }

    let loop: PlaneLoop
    var phase = Phase.head
    var exchange = Exchange()
    var identity = RequestIdentity()
    var parser: RequestHeadParser
    var bodyDecoder: BodyDecoder
    var responseParser = ResponseHeadParser()
    var responseDecoder: BodyDecoder
    /// Bytes of the client that have not been used yet.
    var inbound = ByteBuffer()
    /// Bytes of the upstream that have not been used yet.
    var responseInbound = ByteBuffer()
    var upstream: UpstreamConnection?
    var localBody: [UInt8] = []
    var localStream: (any LocalBodyStream)?
    private(set) var context: ChannelHandlerContext?
    private(set) var peer: [UInt8] = []
    private(set) var isTrustedPeer = false
    private(set) var isLoopbackPeer = false
    private(set) var isClientWritable = true
    private var isReadingPaused = false
    private var isProcessing = false
    private var headBegan = false
    private var discarded = 0

    static let lingerNanos: Int64 = 2_000_000_000
    private static let lingerBytes = 4_194_304

    init(loop: PlaneLoop) {
        self.loop = loop
        let limits = loop.settings.limits
        parser = RequestHeadParser(limits: limits, tenantHeader: loop.settings.tenancy.header)
        bodyDecoder = BodyDecoder(.none, trailerLimit: limits.headBytes)
        responseDecoder = BodyDecoder(.none, trailerLimit: limits.headBytes)
    }

    // MARK: - Channel

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        let address = context.remoteAddress?.ipAddress ?? ""
        peer = Array(address.utf8)
        let bytes = AddressRange.parse(address) ?? []
        isTrustedPeer = loop.settings.trustedProxies.contains { $0.contains(bytes) }
        isLoopbackPeer = Self.isLoopback(bytes)
        deadlineNanos = SteadyTime.after(loop.settings.timeouts.idleNanos, from: SteadyTime.nanos())
        loop.opened(self)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        if phase != .closed { clientGone() }
        self.context = nil
        loop.closed(self)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let incoming = unwrapInboundIn(data)
        if phase == .lingering || phase == .closed { return discard(incoming.readableBytes) }
        if inbound.readableBytes == 0 {
            inbound = incoming
        } else {
            var incoming = incoming
            inbound.writeBuffer(&incoming)
        }
        process()
    }

    func channelInactive(context: ChannelHandlerContext) { clientGone() }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        isClientWritable = context.channel.isWritable
        guard isClientWritable else { return }
        guard let upstream else { return process() }
        deadlineNanos = SteadyTime.after(loop.settings.timeouts.responseNanos, from: SteadyTime.nanos())
        upstream.resume()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(mode: .all, promise: nil)
    }

    private static func isLoopback(_ bytes: [UInt8]) -> Bool {
        if bytes.count == 4 { return bytes[0] == 127 }
        guard bytes.count == 16 else { return false }
        if bytes[..<15].allSatisfy({ $0 == 0 }) { return bytes[15] == 1 }
        return bytes[..<10].allSatisfy { $0 == 0 } && bytes[10] == 255 && bytes[11] == 255 && bytes[12] == 127
    }

    // MARK: - Reading

    /// Does whatever the bytes at hand allow. Not entered twice: an exchange that ends inside of it goes on here.
    func process() {
        guard !isProcessing else { return }
        isProcessing = true
        var goesOn = true
        while goesOn {
            switch phase {
            case .head: goesOn = readHead()
            case .streaming: goesOn = pumpRequestBody()
            case .localBody: goesOn = readLocalBody()
            case .localStreaming: goesOn = pumpLocalStream()
            case .connecting, .localPending:
                holdInput()
                goesOn = false
            case .lingering, .closed:
                inbound = ByteBuffer()
                goesOn = false
            }
        }
        isProcessing = false
    }

    /// True when a head was complete, whatever became of it.
    private func readHead() -> Bool {
        guard inbound.readableBytes > 0 else {
            inbound = ByteBuffer()
            resumeInput()
            return false
        }
        if !headBegan, !isClientWritable {
            // Answers that the client doesn't read must not pile up: no next request before it has read them.
            holdInput()
            return false
        }
        if !headBegan {
            headBegan = true
            let now = SteadyTime.nanos()
            exchange.startNanos = now
            deadlineNanos = SteadyTime.after(loop.settings.timeouts.headNanos, from: now)
        }
        do throws(GatewayError) {
            guard try parser.parse(inbound.readableBytesUInt8Span) else {
                resumeInput()
                return false
            }
        } catch let error {
            exchange.headBytes = inbound
            identity.make(&loop.random)
            refuse(error, closing: true)
            return true
        }
        exchange.headBytes = inbound.readSlice(length: parser.head.byteCount) ?? ByteBuffer()
        if inbound.readableBytes == 0 { inbound = ByteBuffer() }
        beginRequest()
        return true
    }

    /// The next request may begin.
    func resetForNextRequest(now: Int64) {
        parser.reset()
        responseParser.reset()
        exchange = Exchange()
        responseInbound = ByteBuffer()
        headBegan = false
        phase = .head
        deadlineNanos = SteadyTime.after(loop.settings.timeouts.idleNanos, from: now)
    }

    /// Bytes came that nobody can use yet: stop reading until they have been used. Without such bytes reading goes
    /// on, because each change costs a system call.
    func holdInput() {
        guard inbound.readableBytes > 0, !isReadingPaused, let context else { return }
        isReadingPaused = true
        try? context.channel.syncOptions?.setOption(.autoRead, value: false)
    }

    func resumeInput() {
        guard isReadingPaused, let context else { return }
        isReadingPaused = false
        try? context.channel.syncOptions?.setOption(.autoRead, value: true)
    }

    // MARK: - Ending

    override func deadlinePassed(now: Int64) {
        switch phase {
        case .head:
            guard headBegan else { return closeNow() }
            exchange.headBytes = inbound
            identity.make(&loop.random)
            refuse(
                GatewayError(.requestTimeout, .headTimeout, "the request head did not arrive in time"), closing: true)
        case .localBody:
            refuse(
                GatewayError(.requestTimeout, .bodyTimeout, "the request body did not arrive in time"), closing: true)
        case .connecting, .streaming: exchangeTimedOut(now: now)
        case .localPending: break
        case .localStreaming:
            cancelLocalStream()
            abortResponse(now: now, code: .clientClosed)
        case .lingering: closeNow()
        case .closed: break
        }
    }

    /// Closes between requests, or says so with the next answer.
    func drain() {
        if phase == .head, !headBegan { closeNow() }
        exchange.keepAlive = false
    }

    /// Ends it without regard for what is in flight.
    func abort() {
        clientGone()
        context?.close(mode: .all, promise: nil)
    }

    func closeNow() {
        guard phase != .closed else { return }
        phase = .closed
        context?.close(mode: .all, promise: nil)
    }

    /// After the last answer has gone out: end our side, give the client time to read it (RFC 9112 section 9.6).
    func beginLinger() {
        guard phase != .closed, let context else { return }
        phase = .lingering
        inbound = ByteBuffer()
        resumeInput()
        deadlineNanos = SteadyTime.after(loop.settings.timeouts.bodyNanos, from: SteadyTime.nanos())
        let promise = context.eventLoop.makePromise(of: Void.self)
        promise.futureResult.assumeIsolated().whenComplete { [weak self] _ in
            guard let self, self.phase == .lingering else { return }
            self.deadlineNanos = SteadyTime.after(Self.lingerNanos, from: SteadyTime.nanos())
            self.context?.close(mode: .output, promise: nil)
        }
        context.writeAndFlush(wrapOutboundOut(ByteBuffer()), promise: promise)
    }

    private func discard(_ count: Int) {
        discarded += count
        if discarded > Self.lingerBytes { closeNow() }
    }

    /// The client has closed, or its connection broke.
    private func clientGone() {
        guard phase != .closed else { return }
        let before = phase
        phase = .closed
        cancelLocalStream()
        deadlineNanos = .max
        switch before {
        case .connecting, .streaming, .localBody, .localPending, .localStreaming: cancelExchange()
        case .head, .lingering, .closed: break
        }
    }

    func write(_ buffer: ByteBuffer) { context?.write(wrapOutboundOut(buffer), promise: nil) }

    func flush() { context?.flush() }

    func writeAndFlush(_ buffer: ByteBuffer) { context?.writeAndFlush(wrapOutboundOut(buffer), promise: nil) }
}
