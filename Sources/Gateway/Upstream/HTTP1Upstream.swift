/// A connection to an upstream that speaks HTTP/1.1; an idle one has no exchange.
///
/// Hot path: benchmark `gateway`.
final class HTTP1Upstream: DeadlineEntry, StreamHandler, UpstreamLeg {
    private enum Phase {
        case connecting
        case idle
        /// Waiting for an answer's head, or in the middle of it.
        case head
        case body
        case tunnel
        /// Only what was written is still to be sent.
        case ending
        case closed
    }

    /// The one that uses it, or used it last.
    private(set) var pool: UpstreamPool
    private(set) var isReused = false
    private let loop: PlaneLoop
    private var socket: StreamSocket
    private var phase = Phase.connecting
    private var exchange: Exchange?
    private var parser = ResponseHeadParser()
    private var decoder = BodyDecoder(.none, trailerLimit: ResponseHeadParser.headBytes)
    private var inbound = ByteQueue()
    /// Addresses that are tried when this one does not answer.
    private var further: ArraySlice<InternetAddress>
    private var isChunked = false
    private var requestDone = false
    private var hadError = false

    private static let readsAtOnce = 4
    private static let endingNanos: Int64 = 5_000_000_000

    /// Begins to connect. Throws when no address can even be tried.
    init(
        pool: UpstreamPool, loop: PlaneLoop, addresses: [InternetAddress], exchange: Exchange, now: Int64
    ) throws(SystemFault) {
        self.pool = pool
        self.loop = loop
        self.exchange = exchange
        further = addresses[...]
        socket = try StreamSocket.connect(loop.io, &further, pool.security)
        super.init()
        socket.handler = self
        deadlineNanos = SteadyTime.after(pool.connectNanos, from: now)
        loop.deadlines.add(self, isPrompt: true)
    }

    // MARK: - Connecting

    func socketConnected(_ fault: ConnectionFault?) {
        guard phase == .connecting else { return }
        if let fault { return connectFailed("\(fault)") }
        deadlineNanos = .max
        loop.deadlines.change(self, isPrompt: false)
        phase = .idle
        guard let exchange else { return pool.keep(self) }
        exchange.attach(self)
    }

    private func connectFailed(_ cause: String) {
        socket.close()
        do throws(SystemFault) {
            socket = try StreamSocket.connect(loop.io, &further, pool.security)
            socket.handler = self
            deadlineNanos = SteadyTime.after(pool.connectNanos, from: loop.io.now)
        } catch {
            let exchange = exchange
            end()
            pool.lost()
            exchange?.leg = nil
            exchange?.connectFailed(pool, cause)
        }
    }

    // MARK: - Use

    /// From the pool to a request.
    func attach(_ exchange: Exchange, of pool: UpstreamPool) {
        self.pool = pool
        self.exchange = exchange
        deadlineNanos = .max
    }

    var isUsable: Bool { phase == .idle && !socket.isBroken }

    var isWritable: Bool { socket.isWritable }

    func writeHead(of exchange: Exchange) {
        guard let cell = exchange.state.cell, let peer = exchange.peer else { return }
        phase = .head
        parser.reset()
        isChunked = exchange.parser.head.framing == .chunked
        requestDone = exchange.state.requestDone
        let request = ForwardedRequest(
            stripPrefix: cell.stripPrefix, upstreamHost: pool.label.bytes, tenant: exchange.state.tenant, peer: peer)
        let raw = exchange.headBytes
        socket.write(atMost: request.bound(exchange.parser.head)) {
            request.write(exchange.parser.head, exchange.identity, raw, to: $0)
        }
        // A body that turned out to be empty before this attempt.
        if isChunked, requestDone { socket.write("0\r\n\r\n") }
    }

    func write(body: UnsafeRawBufferPointer) {
        guard isChunked, phase != .tunnel else { return socket.write(lending: body) }
        guard body.count > 0 else { return }
        socket.write(atMost: ChunkSize.longest) { ChunkSize.write(body.count, to: $0) }
        socket.write(lending: body)
        socket.write("\r\n")
    }

    /// Trailers of a request are dropped: nothing in them may pass as a header (attack case 28).
    func endBody() {
        requestDone = true
        if isChunked { socket.write("0\r\n\r\n") }
    }

    func resume() { socket.resume() }

    /// A connection that is still being opened will go to the pool.
    func abandon() {
        exchange = nil
        if phase == .connecting { return }
        pool.lost()
        guard phase == .tunnel, socket.hasOutput else { return end() }
        phase = .ending
        deadlineNanos = SteadyTime.after(Self.endingNanos, from: loop.io.now)
        socket.endOutput()
    }

    /// Closes an idle connection, or what is left of one.
    func close() {
        guard phase != .closed else { return }
        end()
    }

    private func end() {
        guard phase != .closed else { return }
        phase = .closed
        exchange = nil
        deadlineNanos = .max
        loop.deadlines.remove(self)
        socket.close()
    }

    override func deadlinePassed(now: Int64) {
        switch phase {
        case .connecting: connectFailed(socket.lateness)
        case .idle:
            pool.forget(self)
            end()
        case .ending: end()
        case .head, .body, .tunnel, .closed: break
        }
    }

    // MARK: - Reading

    func socketReadable() {
        var reads = 0
        while socket.canRead, phase != .closed {
            if let exchange, phase == .body || phase == .tunnel, !exchange.mayReceiveMore() { return }
            guard reads < Self.readsAtOnce else { return socket.resume() }
            reads += 1
            switch socket.read() {
            case .bytes(let bytes): take(bytes)
            case .nothing: return
            case .end: return closed()
            case .failed:
                hadError = true
                return closed()
            }
        }
        if phase == .body || phase == .tunnel { _ = exchange?.mayReceiveMore() }
    }

    private func take(_ bytes: UnsafeRawBufferPointer) {
        guard let exchange else {
            // Bytes nobody asked for: whatever follows on this connection cannot be trusted (attack case 102).
            if phase == .idle { pool.forget(self) }
            return end()
        }
        if phase == .tunnel { return exchange.received(body: bytes) }
        if inbound.isEmpty {
            let used = process(bytes, exchange)
            if used < bytes.count, phase == .head { inbound.append(bytes.part(used, bytes.count)) }
        } else {
            inbound.append(bytes)
            let held = inbound.readable
            let used = process(held, exchange)
            // Pieces of it may only have been lent.
            loop.io.batch.flush()
            inbound.consume(min(used, inbound.count))
            if inbound.isEmpty || phase != .head { inbound.clear(keeping: 0) }
        }
    }

    /// Returns how many bytes were used.
    private func process(_ bytes: UnsafeRawBufferPointer, _ exchange: Exchange) -> Int {
        var at = 0
        while phase == .head {
            do throws(GatewayError) {
                let isHead = exchange.parser.head.method == .head
                guard try parser.parse(bytes.part(at, bytes.count).bytes.span, toHead: isHead) else { return at }
            } catch {
                exchange.fault(error)
                return bytes.count
            }
            let raw = bytes.part(at, at + parser.head.byteCount)
            at += raw.count
            guard take(parser.head, raw, exchange) else { return bytes.count }
            if phase == .head { parser.reset() }
        }
        if phase == .body { return readBody(bytes, at, exchange) }
        if phase == .tunnel, at < bytes.count { exchange.received(body: bytes.part(at, bytes.count)) }
        return bytes.count
    }

    /// False when nothing more is to be read for this exchange.
    private func take(_ head: borrowing ResponseHead, _ raw: UnsafeRawBufferPointer, _ exchange: Exchange) -> Bool {
        if head.isInformational {
            // Bytes behind the head belong to the tunnel already, and the exchange may write at once.
            if head.status == 101, exchange.parser.head.wantsUpgrade { phase = .tunnel }
            return exchange.received(interim: head, raw)
        }
        decoder = BodyDecoder(head.framing, trailerLimit: ResponseHeadParser.headBytes)
        keepsAlive = head.keepAlive
        phase = .body
        return exchange.received(head: head, raw) && phase == .body
    }

    /// The server takes another request after this answer.
    private var keepsAlive = false

    private func readBody(_ bytes: UnsafeRawBufferPointer, _ start: Int, _ exchange: Exchange) -> Int {
        var at = start
        let span = bytes.bytes.span
        do throws(SyntaxFault) {
            while let range = try decoder.next(span, at: &at) {
                exchange.received(body: bytes.part(range.lowerBound, range.upperBound))
            }
        } catch {
            exchange.fault(error.upstream)
            return bytes.count
        }
        if decoder.isComplete { complete(exchange, isClean: at == bytes.count) }
        return bytes.count
    }

    /// The answer is complete: keep the connection if nothing is left on it.
    private func complete(_ exchange: Exchange, isClean: Bool) {
        let trailer = decoder.chunks.trailer
        self.exchange = nil
        if keepsAlive, requestDone, isClean, !hadError, !socket.isBroken {
            isReused = true
            phase = .idle
            pool.keep(self)
        } else {
            pool.lost()
            end()
        }
        exchange.receivedEnd(trailer: trailer)
    }

    private func closed() {
        let wasIdle = phase == .idle
        let answerBegan = phase == .body || !inbound.isEmpty
        let isComplete = phase == .body && decoder.endsWithConnection && !hadError
        let exchange = exchange
        end()
        guard let exchange else {
            if wasIdle { pool.forget(self) }
            return
        }
        pool.lost()
        if isComplete { exchange.receivedEnd(trailer: []) } else { exchange.legClosed(self, answerBegan: answerBegan) }
    }

    func socketWritable() { exchange?.downstream?.resumeBody() }

    func socketOutputEnded() { if phase == .ending { end() } }

    /// What is left to read comes first: an answer may have been sent before the connection broke.
    func socketBroken() {
        if phase == .idle || phase == .ending || phase == .connecting {
            if phase == .idle { pool.forget(self) }
            return end()
        }
        guard !socket.canRead else { return }
        hadError = true
        closed()
    }
}
