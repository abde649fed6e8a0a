/// A client's connection that speaks HTTP/1.1: parses its requests one after another and hands each to an exchange.
///
/// Between requests it has neither buffers nor an exchange, so that an idle connection costs a few hundred bytes. Hot
/// path: benchmark `gateway`; no `String` and no allocation for a request that goes well.
final class HTTP1Client: DeadlineEntry, StreamHandler {
    private enum Phase {
        /// Between requests.
        case idle
        /// What came first may become the preface of HTTP/2.
        case preface
        /// In the middle of a head.
        case head
        /// The head is complete; the body goes to the exchange as it takes it.
        case body
        /// The request is complete, its answer is not.
        case waiting
        /// Bytes pass unseen.
        case tunnel
        /// The last answer is out; the client's bytes are thrown away until it closes.
        case lingering
        case closed
    }

    let loop: PlaneLoop
    let peer: ClientPeer
    let socket: StreamSocket
    /// Another request may follow the one at hand.
    var keepsAlive = true
    var delivery = ForwardedResponse.Delivery.none(declaredLength: nil)
    private var phase = Phase.idle
    private var exchange: Exchange?
    private var bodyDecoder: BodyDecoder
    /// Bytes that nobody could use yet.
    private var inbound = ByteQueue()
    private var isProcessing = false
    private var isFirst = true
    private var discardedBytes = 0
    /// What the client had not taken when the deadline was set.
    private var unreadBytes = 0

    private static let lingerNanos: Int64 = 2_000_000_000
    private static let lingerBytes = 4_194_304
    private static let readsAtOnce = 4

    init(loop: PlaneLoop, socket: StreamSocket, peer: ClientPeer) {
        self.loop = loop
        self.socket = socket
        self.peer = peer
        bodyDecoder = BodyDecoder(.none, trailerLimit: loop.settings.limits.headBytes)
        super.init()
        socket.handler = self
        beginIdling()
    }

    // MARK: - Reading

    func socketConnected(_ fault: ConnectionFault?) {}

    func socketReadable() {
        var reads = 0
        while socket.canRead, !isHolding, phase != .closed {
            guard reads < Self.readsAtOnce else { return socket.resume() }
            reads += 1
            switch socket.read() {
            case .bytes(let bytes): take(bytes)
            case .nothing: return
            case .end, .failed: return clientGone()
            }
        }
    }

    /// Bytes came that nobody can use yet: more are not read until they have been used.
    private var isHolding: Bool { !inbound.isEmpty && phase != .head && phase != .preface }

    private func take(_ bytes: UnsafeRawBufferPointer) {
        guard inbound.isEmpty else {
            inbound.append(bytes)
            return processInbound()
        }
        isProcessing = true
        let used = process(bytes)
        isProcessing = false
        if used < bytes.count, phase != .closed { inbound.append(bytes.part(used, bytes.count)) }
    }

    private func processInbound() {
        isProcessing = true
        let used = process(inbound.readable)
        isProcessing = false
        // Pieces of it may only have been lent.
        loop.io.batch.flush()
        inbound.consume(min(used, inbound.count))
        if inbound.isEmpty { inbound.clear(keeping: 0) }
    }

    /// Something changed: what is held may be of use now.
    private func goOn() {
        guard !isProcessing else { return }
        if !inbound.isEmpty { processInbound() }
        if !isHolding { socket.resume() }
    }

    /// Does whatever the bytes allow and returns how many it used.
    private func process(_ input: UnsafeRawBufferPointer) -> Int {
        var at = 0
        while true {
            switch phase {
            case .preface:
                guard let isPreface = HTTP2Preface.isBegun(by: input) else { return at }
                if isPreface {
                    switchToHTTP2(input)
                    return input.count
                }
                beginHead()
            case .idle:
                // Answers that the client does not read must not pile up: no next request before it has read them.
                guard at < input.count, !socket.hasOutput else { return at }
                if isFirst, HTTP2Preface.isBegun(by: input) != false {
                    phase = .preface
                } else {
                    beginHead()
                }
            case .head:
                guard let used = readHead(input.part(at, input.count)) else { return at }
                at += used
            case .body:
                guard at < input.count, exchange?.canTakeBody == true else { return at }
                at = readBody(input, at)
            case .tunnel:
                guard at < input.count, let exchange, exchange.canTakeBody else { return at }
                exchange.take(tunnel: input.part(at, input.count))
                return input.count
            case .waiting: return at
            case .lingering:
                discard(input.count - at)
                return input.count
            case .closed: return input.count
            }
        }
    }

    private func switchToHTTP2(_ bytes: UnsafeRawBufferPointer) {
        phase = .closed
        deadlineNanos = .max
        loop.switchToHTTP2(self, bytes)
        socket.resume()
    }

    private func beginHead() {
        phase = .head
        isFirst = false
        keepsAlive = true
        let exchange = loop.takeExchange()
        exchange.open(for: self, now: loop.io.now)
        self.exchange = exchange
        deadlineNanos = SteadyTime.after(loop.settings.timeouts.headNanos, from: loop.io.now)
    }

    /// Nil when the head is not complete; else how many bytes it took, whatever became of it.
    private func readHead(_ bytes: UnsafeRawBufferPointer) -> Int? {
        guard let exchange else { return bytes.count }
        do throws(GatewayError) {
            guard try exchange.parser.parse(bytes.bytes.span) else { return nil }
        } catch {
            refuse(head: bytes, error)
            return bytes.count
        }
        let length = exchange.parser.head.byteCount
        exchange.adopt(head: bytes.part(0, length))
        deadlineNanos = .max
        keepsAlive = exchange.parser.head.keepAlive && !loop.isDraining
        bodyDecoder = BodyDecoder(exchange.parser.head.framing, trailerLimit: loop.settings.limits.headBytes)
        phase = bodyDecoder.isComplete ? .waiting : .body
        exchange.begin()
        return length
    }

    private func refuse(head bytes: UnsafeRawBufferPointer, _ error: GatewayError) {
        keepsAlive = false
        phase = .waiting
        deadlineNanos = .max
        exchange?.refuse(head: bytes, error)
    }

    /// Hands pieces of the body on, as long as they are taken; returns the offset behind what was used.
    private func readBody(_ input: UnsafeRawBufferPointer, _ start: Int) -> Int {
        var at = start
        let span = input.bytes.span
        do throws(SyntaxFault) {
            while phase == .body, let exchange, exchange.canTakeBody {
                guard let range = try bodyDecoder.next(span, at: &at) else { break }
                exchange.take(body: input.part(range.lowerBound, range.upperBound))
            }
        } catch {
            keepsAlive = false
            exchange?.bodyFault(error)
            return input.count
        }
        if phase == .body, bodyDecoder.isComplete {
            phase = .waiting
            exchange?.endBody()
        }
        return at
    }

    // MARK: - Deadlines

    override func deadlinePassed(now: Int64) {
        switch phase {
        case .preface: closeNow()
        case .idle, .lingering:
            guard !hasReader else { return awaitReader() }
            closeNow()
        case .head:
            let error = GatewayError(.requestTimeout, .headTimeout, "the request head did not arrive in time")
            isProcessing = true
            refuse(head: inbound.readable, error)
            isProcessing = false
            goOn()
        case .body, .waiting, .tunnel, .closed: break
        }
    }

    /// Something waits for the client, which took some of it since the deadline was set.
    private var hasReader: Bool {
        socket.hasOutput && (unreadBytes == 0 || socket.outputBytes < unreadBytes)
    }

    /// The answer is over, but not all of it has left: the client has time as long as it reads.
    private func awaitReader() {
        unreadBytes = socket.outputBytes
        deadlineNanos = SteadyTime.after(loop.settings.timeouts.bodyNanos, from: loop.io.now)
    }

    private func beginIdling() {
        phase = .idle
        guard !socket.hasOutput else { return awaitReader() }
        unreadBytes = 0
        let timeouts = loop.settings.timeouts
        let nanos = loop.isDraining ? timeouts.drainIdleNanos : timeouts.idleNanos
        deadlineNanos = SteadyTime.after(nanos, from: loop.io.now)
    }

    // MARK: - Ending

    /// An idle connection is given a moment for a request that is on its way; others end with their answer.
    func drain() {
        keepsAlive = false
        if phase == .idle { beginIdling() }
    }

    func cutOff() {
        if phase != .head { exchange?.cutOff() }
        loop.io.batch.flush()
        clientGone()
    }

    private func clientGone() {
        guard phase != .closed else { return }
        let exchange = exchange
        let wasReading = phase == .head
        closeNow()
        guard let exchange else { return }
        if wasReading { exchange.end() } else { exchange.clientGone() }
    }

    private func closeNow() {
        guard phase != .closed else { return }
        phase = .closed
        deadlineNanos = .max
        if !isProcessing { inbound.clear(keeping: 0) }
        socket.close()
        loop.closed(self)
    }

    /// After the last answer: end our side, give the client time to read it (RFC 9112 section 9.6).
    private func beginLinger() {
        phase = .lingering
        awaitReader()
        socket.endOutput()
        goOn()
    }

    /// A client that has asked for the end sends nothing more, as a rule: then there is nothing that closing could answer
    /// with a reset, which might cost it the answer.
    private func endAsExpected() {
        guard !isProcessing, inbound.isEmpty, !socket.canRead else { return beginLinger() }
        loop.io.batch.flush()
        if socket.hasOutput { beginLinger() } else { closeNow() }
    }

    private func discard(_ count: Int) {
        discardedBytes += count
        if discardedBytes > Self.lingerBytes { closeNow() }
    }

    func socketOutputEnded() {
        guard phase == .lingering else { return }
        unreadBytes = 0
        deadlineNanos = SteadyTime.after(Self.lingerNanos, from: loop.io.now)
    }

    func socketWritable() {
        switch phase {
        case .idle:
            beginIdling()
            goOn()
        case .body, .waiting, .tunnel: exchange?.answerBecameWritable()
        case .preface, .head, .lingering, .closed: break
        }
    }

    func socketBroken() { clientGone() }
}

// MARK: - The exchange's side

extension HTTP1Client: Downstream {
    var isAnswerWritable: Bool { socket.isWritable }

    func resumeBody() { goOn() }

    func beginTunnel(_ head: borrowing ResponseHead, _ raw: UnsafeRawBufferPointer, of exchange: Exchange) {
        keepsAlive = false
        delivery = .untilClose
        phase = .tunnel
        pass(interim: head, raw, of: exchange)
        goOn()
    }

    func replace(_ exchange: Exchange, with other: Exchange) { self.exchange = other }

    func breakOff(_ exchange: Exchange) {
        phase = .closed
        deadlineNanos = .max
        loop.io.batch.flush()
        // Where only the end of the connection delimits the body, an orderly end would pass for the body's.
        if delivery == .untilClose { socket.reset() } else { socket.close() }
        loop.closed(self)
    }

    func exchangeEnded(_ exchange: Exchange) {
        self.exchange = nil
        let isExpectedEnd = phase == .waiting && !exchange.parser.head.keepAlive && exchange.state.requestDone
        loop.put(back: exchange)
        guard phase != .closed else { return }
        guard keepsAlive else { return isExpectedEnd ? endAsExpected() : beginLinger() }
        beginIdling()
        goOn()
    }
}
