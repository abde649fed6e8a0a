/// A connection to an upstream that speaks HTTP/2; it carries many requests at once, and none while it is idle.
final class HTTP2Upstream: DeadlineEntry, StreamHandler {
    private enum Phase {
        case connecting
        case open
        /// The upstream takes no more requests.
        case leaving
        case closed
    }

    let pool: UpstreamPool
    let loop: PlaneLoop
    private var socket: StreamSocket
    private var machine: HTTP2Connection
    private var streams: [UInt32: HTTP2UpstreamStream] = [:]
    /// Exchanges that wait for the connection, in order.
    private var waiting: [HTTP2UpstreamStream] = []
    private var inbound = ByteQueue()
    private var phase = Phase.connecting
    private var further: ArraySlice<InternetAddress>
    /// Someone waits for room.
    private var isAwaited = false
    private lazy var sender = SendEntry(self)

    private static let highWaterBytes = 262_144
    private static let readsAtOnce = 4
    private static let waitingLimit = 100
    private static let silenceNanos: Int64 = 1_000_000_000
    private var receivedNanos: Int64 = 0

    /// Begins to connect. Throws when no address can even be tried.
    init(pool: UpstreamPool, loop: PlaneLoop, addresses: [InternetAddress], now: Int64) throws(SystemFault) {
        self.pool = pool
        self.loop = loop
        further = addresses[...]
        var limits = HTTP2Limits()
        limits.headerListBytes = ResponseHeadParser.headBytes
        limits.headerListHardBytes = ResponseHeadParser.headBytes * 4
        limits.headerFields = ResponseHeadParser.fieldLimit
        limits.maxConcurrentStreams = 1_024
        machine = HTTP2Connection(.client, limits: limits)
        socket = try StreamSocket.connect(loop.io, &further, pool.security)
        super.init()
        socket.handler = self
        deadlineNanos = SteadyTime.after(pool.connectNanos, from: now)
        loop.deadlines.add(self, isPrompt: true)
    }

    // MARK: - Requests

    /// Another request can be given to it now.
    var hasRoom: Bool {
        switch phase {
        case .connecting: waiting.count < Self.waitingLimit
        case .open: machine.canOpenStream
        case .leaving, .closed: false
        }
    }

    var isConnecting: Bool { phase == .connecting }
    var isIdle: Bool { streams.isEmpty && waiting.isEmpty }

    /// Carries the exchange, at once or when it is connected.
    func carry(_ exchange: Exchange) -> HTTP2UpstreamStream {
        let stream = HTTP2UpstreamStream(self, exchange)
        deadlineNanos = phase == .connecting ? deadlineNanos : .max
        if phase == .connecting { waiting.append(stream) }
        return stream
    }

    /// A stream of the connection, whose head the caller writes; nil when there can be none.
    func open(_ stream: HTTP2UpstreamStream) -> UInt32? {
        guard let id = machine.openStream(nowNanos: UInt64(max(0, loop.io.now))) else { return nil }
        streams[id] = stream
        return id
    }

    @inline(__always)
    func use<Result: ~Copyable>(_ body: (inout HTTP2Connection) -> Result) -> Result { body(&machine) }

    /// Requests' bodies may be given on. Who finds that they may not is told when they may.
    func isWritable() -> Bool {
        if hasRoomToWrite { return true }
        isAwaited = true
        return false
    }

    private var hasRoomToWrite: Bool { machine.output.count < Self.highWaterBytes && socket.isWritable }

    func sendSoon() { if phase != .closed { loop.io.goOn(sender) } }

    /// The stream's exchange needs it no longer.
    func finished(_ stream: HTTP2UpstreamStream) {
        if stream.id == 0 {
            waiting.removeAll { $0 === stream }
        } else {
            streams[stream.id] = nil
        }
        settleIfIdle()
    }

    private func settleIfIdle() {
        guard isIdle, phase != .closed else { return }
        if phase == .leaving { return end() }
        if phase == .open { pool.becameIdle(self) }
    }

    /// Closes it once nothing is on it.
    func retire() {
        if isIdle { return end() }
        if phase == .open { phase = .leaving }
    }

    // MARK: - Connecting

    func socketConnected(_ fault: ConnectionFault?) {
        guard phase == .connecting else { return }
        if let fault { return connectFailed("\(fault)") }
        guard speaksHTTP2 else { return connectFailed("the server did not choose HTTP/2 (ALPN)") }
        deadlineNanos = .max
        loop.deadlines.change(self, isPrompt: false)
        phase = .open
        sendSoon()
        while phase == .open, !waiting.isEmpty { waiting.removeFirst().connected() }
        let rest = waiting
        waiting = []
        for stream in rest { stream.connectFailed("the connection takes no further request") }
        settleIfIdle()
    }

    private var speaksHTTP2: Bool { socket.session.map { $0.applicationProtocol == .http2 } ?? true }

    private func connectFailed(_ cause: String) {
        socket.close()
        do throws(SystemFault) {
            socket = try StreamSocket.connect(loop.io, &further, pool.security)
            socket.handler = self
            deadlineNanos = SteadyTime.after(pool.connectNanos, from: loop.io.now)
        } catch {
            let failed = waiting
            waiting = []
            end()
            for stream in failed { stream.connectFailed(cause) }
        }
    }

    // MARK: - Reading

    func socketReadable() {
        var reads = 0
        while socket.canRead, phase != .closed {
            guard reads < Self.readsAtOnce else { return socket.resume() }
            reads += 1
            switch socket.read() {
            case .bytes(let bytes): take(bytes)
            case .nothing: return
            case .end, .failed: return broken()
            }
        }
    }

    /// A request was given up on which nothing came since it began: no other is given to a connection that may be dead.
    func distrust(since nanos: Int64) {
        guard phase == .open, receivedNanos < nanos, loop.io.now - nanos > Self.silenceNanos else { return }
        phase = .leaving
        pool.forget(self)
    }

    private func take(_ bytes: UnsafeRawBufferPointer) {
        receivedNanos = loop.io.now
        if inbound.isEmpty {
            let used = process(bytes)
            if used < bytes.count, phase != .closed { inbound.append(bytes.part(used, bytes.count)) }
        } else {
            inbound.append(bytes)
            let used = process(inbound.readable)
            // Pieces of it may only have been lent.
            loop.io.batch.flush()
            inbound.consume(min(used, inbound.count))
            if inbound.isEmpty { inbound.clear(keeping: 0) }
        }
        sendSoon()
    }

    private func process(_ bytes: UnsafeRawBufferPointer) -> Int {
        var at = 0
        let now = UInt64(max(0, loop.io.now))
        while phase != .closed {
            do throws(HTTP2Fault) {
                guard let event = try machine.receive(bytes, at: &at, nowNanos: now) else { return at }
                handle(event, bytes)
            } catch {
                send()
                broken(isFault: true)
                return bytes.count
            }
        }
        return bytes.count
    }

    private func handle(_ event: HTTP2Event, _ bytes: UnsafeRawBufferPointer) {
        switch event {
        case .head(let id, let endStream): streams[id]?.receivedHead(endStream)
        case .interim(let id): streams[id]?.receivedInterim()
        case .headersTooLarge(let id, _): streams[id]?.failed(SyntaxFault.headTooLong.upstream)
        case .data(let id, let range, let endStream):
            guard let stream = streams[id] else { return machine.consumed(id, range.count) }
            stream.received(bytes.part(range.lowerBound, range.upperBound), endStream)
        case .trailers(let id): streams[id]?.receivedTrailers()
        case .streamReset(let id, let code): streams[id]?.reset(code)
        case .streamFailed(let id, _):
            streams[id]?.failed(
                GatewayError(.upstreamProtocolError, .none, "the cell's answer is malformed", source: .upstream))
        case .streamWindowOpened(let id): streams[id]?.pump()
        case .connectionWindowOpened, .settingsChanged: for stream in Array(streams.values) { stream.pump() }
        case .goAway(let last, _): leave(last)
        case .settingsAcknowledged, .pingAcknowledged: break
        }
    }

    /// Streams above the last one have not been begun with, and are safe to try elsewhere.
    private func leave(_ last: UInt32) {
        if phase == .open { phase = .leaving }
        pool.forget(self)
        for (id, stream) in streams where id > last { stream.reset(.refusedStream) }
        settleIfIdle()
    }

    // MARK: - Sending

    private func send() {
        guard phase != .closed, phase != .connecting else { return }
        let count = machine.output.count
        guard count > 0, socket.isWritable else { return }
        socket.write(lending: machine.output.readable)
        loop.io.batch.flush()
        machine.sent(count)
        machine.releaseOutput()
        tellWritable()
    }

    func socketWritable() {
        send()
        tellWritable()
    }

    private func tellWritable() {
        guard isAwaited, hasRoomToWrite else { return }
        isAwaited = false
        for stream in Array(streams.values) { stream.becameWritable() }
    }

    // MARK: - Ends

    private func broken(isFault: Bool = false) {
        let open = Array(streams.values) + waiting
        streams = [:]
        waiting = []
        end()
        for stream in open { stream.connectionLost(isFault: isFault) }
    }

    private func end() {
        guard phase != .closed else { return }
        phase = .closed
        deadlineNanos = .max
        loop.deadlines.remove(self)
        pool.forget(self)
        socket.close()
    }

    override func deadlinePassed(now: Int64) {
        if phase == .connecting { return connectFailed(socket.lateness) }
        guard isIdle, phase != .closed else { return }
        machine.goAway(.noError)
        send()
        end()
    }

    func socketOutputEnded() {}

    func socketBroken() { broken() }

    /// Sends at the end of the turn.
    private final class SendEntry: PollEntry {
        /// The loop may hold the entry longer than the connection lives.
        private weak var connection: HTTP2Upstream?

        init(_ connection: HTTP2Upstream) { self.connection = connection }

        override func again() { connection?.send() }
    }
}
