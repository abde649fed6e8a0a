/// One request on an HTTP/2 connection to an upstream.
final class HTTP2UpstreamStream: UpstreamLeg {
    /// 0 until the head is written.
    private(set) var id: UInt32 = 0
    private let connection: HTTP2Upstream
    private var exchange: Exchange?
    /// Bytes of the request's body that the upstream's window has not taken yet.
    private var pending = ByteQueue()
    private var requestEnded = false
    /// END_STREAM is queued.
    private var isSent = false
    /// Bytes of the answer that the client has not taken yet; bounded by the stream's window.
    private var held = ByteQueue()
    private var answerEnded = false
    private var headReceived = false
    private var trailer: [UInt8] = []
    private var acceptsNoBody = false
    private var openedNanos: Int64 = 0

    init(_ connection: HTTP2Upstream, _ exchange: Exchange) {
        self.connection = connection
        self.exchange = exchange
    }

    var pool: UpstreamPool { connection.pool }
    /// GOAWAY says what was not begun with, so that nothing has to be guessed from the connection's age.
    var isReused: Bool { false }
    var isWritable: Bool { id != 0 && pending.isEmpty && connection.isWritable() }

    // MARK: - Connecting

    func connected() { exchange?.attach(self) }

    func connectFailed(_ cause: String) {
        let exchange = take()
        pool.lost()
        exchange?.leg = nil
        exchange?.connectFailed(pool, cause)
    }

    // MARK: - The request

    func writeHead(of exchange: Exchange) {
        guard let opened = connection.open(self) else {
            // The upstream has lowered its limit meanwhile.
            return exchange.loop.later(exchange) { [self] _ in reset(.refusedStream) }
        }
        id = opened
        openedNanos = exchange.loop.io.now
        acceptsNoBody = exchange.parser.head.method == .head
        let endStream = exchange.state.requestDone
        connection.use { machine in
            HTTP2RequestHead(exchange, pool).add(to: &machine)
            machine.endHead(endStream: endStream)
        }
        isSent = endStream
        requestEnded = endStream
        connection.sendSoon()
    }

    func write(body: UnsafeRawBufferPointer) {
        guard id != 0, !isSent else { return }
        guard pending.isEmpty else { return pending.append(body) }
        let sent = connection.use { $0.sendData(id, body, endStream: false) } ?? body.count
        if sent < body.count { pending.append(body.part(sent, body.count)) }
        connection.sendSoon()
    }

    func endBody() {
        requestEnded = true
        if pending.isEmpty { sendEnd() }
    }

    private func sendEnd() {
        guard !isSent, id != 0 else { return }
        isSent = true
        _ = connection.use { $0.sendData(id, UnsafeRawBufferPointer(start: nil, count: 0), endStream: true) }
        connection.sendSoon()
    }

    /// A window opened.
    func pump() {
        guard id != 0, !isSent, !pending.isEmpty else { return }
        let bytes = pending.readable
        guard let sent = connection.use({ $0.sendData(id, bytes, endStream: false) }) else { return }
        pending.consume(sent)
        if sent > 0 { connection.sendSoon() }
        guard pending.isEmpty else { return }
        pending.clear(keeping: 0)
        if requestEnded { sendEnd() } else { exchange?.downstream?.resumeBody() }
    }

    func becameWritable() {
        pump()
        if pending.isEmpty, !requestEnded { exchange?.downstream?.resumeBody() }
    }

    // MARK: - The answer

    func receivedInterim() {
        guard let exchange else { return }
        let head = connection.use { $0.headers.responseHead(hasBody: false, toHead: true) }
        _ = exchange.received(interim: head, connection.use { $0.headers.readable })
    }

    func receivedHead(_ endStream: Bool) {
        guard let exchange else { return }
        headReceived = true
        let head = connection.use { $0.headers.responseHead(hasBody: !endStream, toHead: acceptsNoBody) }
        guard exchange.received(head: head, connection.use { $0.headers.readable }) else { return }
        if endStream { complete() }
    }

    func received(_ bytes: UnsafeRawBufferPointer, _ endStream: Bool) {
        if endStream { answerEnded = true }
        guard let exchange else { return connection.use { $0.consumed(id, bytes.count) } }
        if held.isEmpty, exchange.mayReceiveMore() {
            forward(bytes, exchange)
        } else {
            held.append(bytes)
        }
        if answerEnded, held.isEmpty { complete() }
    }

    private func forward(_ bytes: UnsafeRawBufferPointer, _ exchange: Exchange) {
        exchange.received(body: bytes)
        connection.use { $0.consumed(id, bytes.count) }
        connection.sendSoon()
    }

    func receivedTrailers() {
        connection.use { machine in
            for field in machine.headers.fields {
                trailer += machine.headers.bytes(field.name)
                trailer += ": ".utf8
                trailer += machine.headers.bytes(field.value)
                trailer += "\r\n".utf8
            }
        }
        answerEnded = true
        if held.isEmpty { complete() }
    }

    /// The client takes more of the answer.
    func resume() {
        guard let exchange, !held.isEmpty, exchange.downstream?.isAnswerWritable == true else { return }
        forward(held.readable, exchange)
        // It may only have been lent.
        exchange.loop.io.batch.flush()
        held.clear(keeping: 0)
        if answerEnded { complete() }
    }

    private func complete() {
        let trailer = trailer
        let exchange = take()
        // What is still to come of the request is of no use to the upstream.
        if !isSent { connection.use { $0.resetStream(id, .noError) } }
        connection.sendSoon()
        connection.finished(self)
        pool.lost()
        exchange?.receivedEnd(trailer: trailer)
    }

    // MARK: - Ends

    private func take() -> Exchange? {
        let taken = exchange
        exchange = nil
        pending.clear(keeping: 0)
        held.clear(keeping: 0)
        return taken
    }

    func abandon() {
        guard take() != nil else { return }
        if id != 0 {
            connection.use { $0.resetStream(id, .cancel) }
            if !headReceived { connection.distrust(since: openedNanos) }
        }
        connection.sendSoon()
        connection.finished(self)
        pool.lost()
    }

    /// The upstream reset the stream.
    func reset(_ code: HTTP2ErrorCode) {
        guard self.exchange != nil else { return }
        // A complete answer stands, even if the upstream wants no more of the request (RFC 9113, section 8.1).
        if code == .noError, answerEnded { return }
        let exchange = take()
        connection.finished(self)
        pool.lost()
        exchange?.leg = nil
        if code == .refusedStream {
            exchange?.legRefused(self)
        } else {
            exchange?.legClosed(self, answerBegan: headReceived)
        }
    }

    func failed(_ error: GatewayError) { exchange?.fault(error) }

    func connectionLost(isFault: Bool) {
        // A complete answer is still given to a client that takes it slowly.
        if answerEnded, headReceived, exchange != nil { return }
        let exchange = take()
        pool.lost()
        exchange?.leg = nil
        guard !isFault else {
            exchange?.fault(
                GatewayError(.upstreamProtocolError, .none, "the cell breaks HTTP/2", source: .upstream))
            return
        }
        exchange?.legClosed(self, answerBegan: headReceived)
    }
}
