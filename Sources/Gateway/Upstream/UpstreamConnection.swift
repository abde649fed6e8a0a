import NIOCore

/// A connection to an upstream: bytes out, bytes in. What they mean is decided by its owner, the client connection
/// whose request it carries; an idle one has none.
final class UpstreamConnection: DeadlineEntry, ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    let pool: UpstreamPool
    private let loop: PlaneLoop
    private(set) var owner: ClientConnection?
    private var context: ChannelHandlerContext?
    /// It has carried a request before, so the upstream may have closed it meanwhile.
    private(set) var isReused = false
    private(set) var isWritable = true
    private var isConnected = false
    private var isClosed = false
    private var isPaused = false

    init(pool: UpstreamPool, loop: PlaneLoop, owner: ClientConnection) {
        self.pool = pool
        self.loop = loop
        self.owner = owner
    }

    var isUsable: Bool { isConnected && !isClosed }

    // MARK: - Use

    func connected() {
        guard !isClosed else {
            context?.close(mode: .all, promise: nil)
            return connectFailed()
        }
        isConnected = true
        if let owner {
            owner.upstreamConnected(self)
        } else {
            pool.keep(self, now: SteadyTime.nanos())
        }
    }

    func connectFailed() {
        guard !isConnected else { return }
        isClosed = true
        pool.lost()
        let now = SteadyTime.nanos()
        pool.noteConnectFailure(now: now)
        let owner = owner
        self.owner = nil
        owner?.upstreamConnectFailed(self, now: now)
    }

    /// From the pool to a request.
    func attach(_ owner: ClientConnection) {
        self.owner = owner
        deadlineNanos = .max
    }

    /// The request no longer needs it, though it is still connecting: it will go to the pool.
    func abandonConnecting() { owner = nil }

    @inline(__always)
    func write(_ buffer: ByteBuffer) {
        context?.write(wrapOutboundOut(buffer), promise: nil)
    }

    @inline(__always)
    func writeAndFlush(_ buffer: ByteBuffer) {
        context?.writeAndFlush(wrapOutboundOut(buffer), promise: nil)
    }

    /// The answer is complete and the connection clean.
    func release(now: Int64) {
        owner = nil
        isReused = true
        resume()
        pool.keep(self, now: now)
    }

    /// The connection cannot be used again.
    func discard() {
        guard owner != nil else { return close() }
        owner = nil
        pool.lost()
        close()
    }

    func close() {
        guard !isClosed else { return }
        isClosed = true
        context?.close(mode: .all, promise: nil)
    }

    func pause() {
        guard !isPaused, !isClosed, let context else { return }
        isPaused = true
        try? context.channel.syncOptions?.setOption(.autoRead, value: false)
    }

    func resume() {
        guard isPaused, !isClosed, let context else { return }
        isPaused = false
        try? context.channel.syncOptions?.setOption(.autoRead, value: true)
    }

    override func deadlinePassed(now: Int64) {
        guard owner == nil else { return }
        pool.forget(self)
        close()
    }

    // MARK: - Channel

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        loop.deadlines.add(self)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        loop.deadlines.remove(self)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard let owner else {
            // Bytes nobody asked for: whatever follows on this connection cannot be trusted (attack case 102).
            pool.forget(self)
            return close()
        }
        owner.upstreamRead(self, unwrapInboundIn(data))
    }

    func channelInactive(context: ChannelHandlerContext) {
        let wasClosed = isClosed
        isClosed = true
        guard isConnected else { return }
        if let owner {
            self.owner = nil
            pool.lost()
            owner.upstreamClosed(self)
        } else if !wasClosed {
            pool.forget(self)
        }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        isWritable = context.channel.isWritable
        if isWritable { owner?.upstreamBecameWritable() }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        hadError = true
        context.close(mode: .all, promise: nil)
    }

    /// The connection broke, which is not the same as an orderly end.
    private(set) var hadError = false
}
