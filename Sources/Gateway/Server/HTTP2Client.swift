/// A client's connection that speaks HTTP/2: many requests at once, each with an exchange of its own.
///
/// The protocol is `HTTP2Connection`'s; here its bytes come and go. What streams write gathers there and is sent once all
/// events of a turn have been handled, so that answers which come together leave together. Hot path: benchmark `gateway`.
final class HTTP2Client: DeadlineEntry, StreamHandler, ClientConnection {
    let loop: PlaneLoop
    let peer: ClientPeer
    let socket: StreamSocket
    private var machine: HTTP2Connection
    private var streams: [UInt32: HTTP2ClientStream] = [:]
    /// The beginning of a frame.
    private var inbound = ByteQueue()
    private lazy var sender = SendEntry(self)
    private var isClosed = false
    /// Nothing more is taken; closed once everything is sent.
    private var isEnding = false
    /// Everything is sent; the client's bytes are thrown away until it closes, so that no reset costs it what it has yet to
    /// read (RFC 9112, section 9.6, which holds here as well).
    private var isLingering = false
    private var discardedBytes = 0
    private var isProcessing = false
    /// Someone waits for room.
    private var isAwaited = false
    /// Something was given to the socket since the deadline was set.
    private var sentSince = false

    /// So much may wait in the machine before answers are held back.
    private static let highWaterBytes = 262_144
    private static let readsAtOnce = 4
    private static let lingerNanos: Int64 = 2_000_000_000
    private static let lingerBytes = 4_194_304
    /// For clients to see the first GOAWAY before the second.
    private static let shutdownNanos: Int64 = 100_000_000

    init(loop: PlaneLoop, socket: StreamSocket, peer: ClientPeer) {
        self.loop = loop
        self.socket = socket
        self.peer = peer
        var limits = HTTP2Limits()
        limits.headerListBytes = loop.settings.limits.headBytes
        limits.headerFields = loop.settings.limits.fields + 8
        limits.headerListHardBytes = max(65_536, loop.settings.limits.headBytes * 4)
        machine = HTTP2Connection(.server, limits: limits)
        super.init()
        socket.handler = self
        deadlineNanos = SteadyTime.after(loop.settings.timeouts.headNanos, from: loop.io.now)
        sendSoon()
        if loop.isDraining { drain() }
    }

    // MARK: - Reading

    func socketConnected(_ fault: ConnectionFault?) {}

    func socketReadable() {
        var reads = 0
        while socket.canRead, !isClosed, !isEnding || isLingering {
            guard reads < Self.readsAtOnce else { return socket.resume() }
            reads += 1
            switch socket.read() {
            case .bytes(let bytes): if isLingering { discard(bytes.count) } else { take(bytes) }
            case .nothing: return
            case .end, .failed: return abort()
            }
        }
    }

    func take(_ bytes: UnsafeRawBufferPointer) {
        isProcessing = true
        if inbound.isEmpty {
            let used = process(bytes)
            if used < bytes.count, !isClosed { inbound.append(bytes.part(used, bytes.count)) }
        } else {
            inbound.append(bytes)
            let used = process(inbound.readable)
            // Pieces of it may only have been lent.
            loop.io.batch.flush()
            inbound.consume(min(used, inbound.count))
            if inbound.isEmpty { inbound.clear(keeping: 0) }
        }
        isProcessing = false
        sendSoon()
        updateDeadline()
    }

    private func process(_ bytes: UnsafeRawBufferPointer) -> Int {
        var at = 0
        let now = UInt64(max(0, loop.io.now))
        while !isClosed, !isEnding {
            do throws(HTTP2Fault) {
                guard let event = try machine.receive(bytes, at: &at, nowNanos: now) else { return at }
                handle(event, bytes)
            } catch {
                loop.telemetry?.countRejection(.http2)
                end()
                return bytes.count
            }
        }
        return bytes.count
    }

    private func handle(_ event: HTTP2Event, _ bytes: UnsafeRawBufferPointer) {
        switch event {
        case .head(let id, let endStream): open(id, endStream)
        case .headersTooLarge(let id, let endStream):
            // Trailers, which are dropped in any case.
            if let stream = streams[id] { return stream.take(UnsafeRawBufferPointer(start: nil, count: 0), true) }
            let stream = makeStream(id)
            stream.refuse(endStream, SyntaxFault.headTooLong.downstream)
        case .data(let id, let range, let endStream):
            guard let stream = streams[id] else { return machine.consumed(id, range.count) }
            stream.take(bytes.part(range.lowerBound, range.upperBound), endStream)
        // Trailers of a request are dropped: nothing in them may pass as a header (attack case 28).
        case .trailers(let id): streams[id]?.take(UnsafeRawBufferPointer(start: nil, count: 0), true)
        case .streamReset(let id, _): streams[id]?.gone()
        case .streamFailed(let id, let fault): failed(id, fault)
        case .streamWindowOpened(let id): streams[id]?.pump()
        case .connectionWindowOpened, .settingsChanged: for stream in Array(streams.values) { stream.pump() }
        case .interim, .settingsAcknowledged, .pingAcknowledged, .goAway: break
        }
    }

    private func makeStream(_ id: UInt32) -> HTTP2ClientStream {
        let stream = HTTP2ClientStream(id, client: self, exchange: loop.takeExchange())
        streams[id] = stream
        return stream
    }

    private func open(_ id: UInt32, _ endStream: Bool) {
        let stream = makeStream(id)
        stream.begin(endStream: endStream) { exchange throws(GatewayError) in
            exchange.adopt(head: machine.headers.readable)
            try exchange.parser.assemble(machine.headers, hasBody: !endStream, exchange.headBytes) {
                exchange.extend(head: $0)
            }
        }
    }

    /// A malformed message: the stream has been reset. One line says so, as of every refused request.
    private func failed(_ id: UInt32, _ fault: HTTP2Fault) {
        if let stream = streams[id] { return stream.gone() }
        let exchange = loop.takeExchange()
        let stream = HTTP2ClientStream(id, client: self, exchange: exchange)
        exchange.open(for: stream, now: loop.io.now)
        exchange.identity.make(&loop.random)
        let error = GatewayError(.badRequest, .http2, "malformed HTTP/2 request")
        loop.telemetry?.countRejection(error.reason)
        exchange.record(status: error.code.status, code: error.code, message: error.message)
        loop.put(back: exchange)
    }

    // MARK: - What streams need

    /// Lets `body` use the machine.
    @inline(__always)
    func use<Result>(_ body: (inout HTTP2Connection) -> Result) -> Result { body(&machine) }

    /// Answers may be given on. Who finds that they may not is told when they may.
    func isWritable() -> Bool {
        if hasRoom { return true }
        isAwaited = true
        return false
    }

    private var hasRoom: Bool { machine.output.count < Self.highWaterBytes && socket.isWritable }

    /// A stream's exchange is over, but not all of its answer has left.
    func waits(_ stream: HTTP2ClientStream) {
        if !isProcessing, !isClosed { updateDeadline() }
    }

    func finished(_ stream: HTTP2ClientStream) {
        guard !isClosed else { return }
        streams[stream.id] = nil
        sendSoon()
        if !isProcessing { updateDeadline() }
    }

    // MARK: - Sending

    func sendSoon() {
        guard !isClosed else { return }
        loop.io.goOn(sender)
    }

    /// Gives the machine's bytes to the socket as long as it takes them.
    fileprivate func send() {
        guard !isClosed else { return }
        let waiting = machine.output.count
        if waiting > 0, socket.isWritable {
            socket.write(lending: machine.output.readable)
            loop.io.batch.flush()
            machine.sent(waiting)
            machine.releaseOutput()
            tellWritable()
            sentSince = true
        }
        if !isProcessing { updateDeadline() }
        guard machine.output.isEmpty, !socket.hasOutput else { return }
        if !isLingering, isEnding || loop.isDraining && streams.isEmpty && hasShutDown { finishEnding() }
    }

    func socketWritable() {
        send()
        tellWritable()
        updateDeadline()
    }

    private func tellWritable() {
        guard isAwaited, hasRoom else { return }
        isAwaited = false
        for stream in Array(streams.values) { stream.becameWritable() }
    }

    // MARK: - Time and ends

    private func updateDeadline() {
        guard !isClosed, !isEnding else { return }
        let timeouts = loop.settings.timeouts
        if isAwaitingClient {
            // A client that takes nothing is not given more time by what else it says.
            let next = SteadyTime.after(timeouts.bodyNanos, from: loop.io.now)
            deadlineNanos = sentSince ? next : min(deadlineNanos, next)
            sentSince = false
        } else if !streams.isEmpty {
            deadlineNanos = .max
        } else if !inbound.isEmpty || machine.assembly.isActive || !machine.hasSettings {
            // A head that comes slowly is not given more time with each byte.
            deadlineNanos = min(deadlineNanos, SteadyTime.after(timeouts.headNanos, from: loop.io.now))
        } else {
            let nanos = loop.isDraining ? timeouts.drainIdleNanos : timeouts.idleNanos
            deadlineNanos = SteadyTime.after(nanos, from: loop.io.now)
            machine.releaseMemory()
        }
    }

    /// Something waits for the client to read it, or to open a window.
    private var isAwaitingClient: Bool {
        socket.hasOutput || streams.values.contains(where: \.isWaiting)
    }

    override func deadlinePassed(now: Int64) {
        if isEnding || isAwaitingClient { return abort() }
        guard streams.isEmpty else { return }
        machine.goAway(.noError)
        end()
    }

    private var hasShutDown = false

    /// Takes the requests that are on their way, and no more.
    func drain() {
        guard !isClosed, !isEnding else { return }
        machine.beginShutdown()
        sendSoon()
        let confined = LoopConfined(self, loop.io)
        loop.io.schedule(afterNanos: Self.shutdownNanos) { confined.value.finishShutdown() }
    }

    private func finishShutdown() {
        guard !isClosed, !isEnding else { return }
        hasShutDown = true
        machine.goAway(.noError)
        sendSoon()
    }

    /// Sends what is queued and closes.
    private func end() {
        isEnding = true
        let open = Array(streams.values)
        streams = [:]
        for stream in open { stream.gone() }
        deadlineNanos = SteadyTime.after(loop.settings.timeouts.drainIdleNanos, from: loop.io.now)
        sendSoon()
    }

    private func finishEnding() {
        guard !isClosed else { return }
        isEnding = true
        socket.endOutput()
    }

    func socketOutputEnded() {
        isLingering = true
        deadlineNanos = SteadyTime.after(Self.lingerNanos, from: loop.io.now)
        socket.resume()
    }

    private func discard(_ count: Int) {
        discardedBytes += count
        if discardedBytes > Self.lingerBytes { close() }
    }

    func cutOff() {
        guard !isClosed else { return }
        for stream in Array(streams.values) { stream.cutOff() }
        machine.goAway(.noError)
        send()
        abort()
    }

    private func abort() {
        guard !isClosed else { return }
        let open = Array(streams.values)
        streams = [:]
        close()
        for stream in open { stream.gone() }
    }

    private func close() {
        guard !isClosed else { return }
        isClosed = true
        deadlineNanos = .max
        socket.close()
        loop.closed(self)
    }

    func socketBroken() { abort() }

    /// Sends at the end of the turn.
    private final class SendEntry: PollEntry {
        /// The loop may hold the entry longer than the connection lives.
        private weak var client: HTTP2Client?

        init(_ client: HTTP2Client) { self.client = client }

        override func again() { client?.send() }
    }
}
