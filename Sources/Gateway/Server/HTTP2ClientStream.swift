/// One request of an HTTP/2 connection: between the connection's machine and an exchange.
///
/// It may outlive its exchange, as long as the client's window does not take the rest of the answer.
final class HTTP2ClientStream {
    let id: UInt32
    private let client: HTTP2Client
    private var exchange: Exchange?
    /// Bytes of the request's body that the exchange has not taken yet; bounded by the stream's window.
    private var held = ByteQueue()
    private var requestEnded = false
    /// Bytes of the answer that the client's window has not taken yet.
    private var pending = ByteQueue()
    private var trailer: [UInt8] = []
    /// The answer is complete, but for what is pending.
    private var answerEnded = false
    private var headSent = false
    /// END_STREAM is queued.
    private var isComplete = false
    private var isGone = false
    /// Of the answer's body, when its head says a length.
    private var remaining: Int?
    private var isFeeding = false
    private var discardedBytes = 0

    private static let lingerNanos: Int64 = 2_000_000_000
    private static let lingerBytes = 4_194_304

    init(_ id: UInt32, client: HTTP2Client, exchange: Exchange) {
        self.id = id
        self.client = client
        self.exchange = exchange
    }

    private var loop: PlaneLoop { client.loop }

    /// Something waits for the client.
    var isWaiting: Bool { !pending.isEmpty }

    // MARK: - The request

    /// Starts the exchange with the head that `fill` reads.
    func begin(endStream: Bool, _ fill: (Exchange) throws(GatewayError) -> Void) {
        guard let exchange else { return }
        requestEnded = endStream
        exchange.open(for: self, now: loop.io.now)
        do throws(GatewayError) {
            try fill(exchange)
        } catch {
            exchange.state.requestDone = endStream
            exchange.identity.make(&loop.random)
            return exchange.refuse(error)
        }
        exchange.begin()
    }

    /// The head cannot be taken.
    func refuse(_ endStream: Bool, _ error: GatewayError) {
        begin(endStream: endStream) { _ throws(GatewayError) in throw error }
    }

    func take(_ bytes: UnsafeRawBufferPointer, _ endStream: Bool) {
        if endStream { requestEnded = true }
        guard exchange != nil else { return discard(bytes.count) }
        if held.isEmpty, !isFeeding, exchange?.canTakeBody == true {
            feed(bytes)
        } else {
            held.append(bytes)
        }
        feedHeld()
    }

    private func feed(_ bytes: UnsafeRawBufferPointer) {
        guard let exchange else { return }
        if bytes.count > 0 {
            isFeeding = true
            exchange.take(body: bytes)
            isFeeding = false
            client.use { $0.consumed(id, bytes.count) }
        }
        endRequestIfDone()
    }

    private func endRequestIfDone() {
        guard let exchange, requestEnded, held.isEmpty, !exchange.state.requestDone, exchange.canTakeBody else {
            return
        }
        exchange.endBody()
    }

    private func feedHeld() {
        guard !isFeeding, !held.isEmpty, exchange?.canTakeBody == true else { return endRequestIfDone() }
        let bytes = held.readable
        isFeeding = true
        exchange?.take(body: bytes)
        isFeeding = false
        client.use { $0.consumed(id, bytes.count) }
        // It may only have been lent.
        loop.io.batch.flush()
        held.clear(keeping: 0)
        endRequestIfDone()
        client.sendSoon()
    }

    // MARK: - The client

    /// It reset the stream, or the connection is gone.
    /// The gateway stops.
    func cutOff() { exchange?.cutOff() }

    func gone() {
        guard !isGone else { return }
        isGone = true
        isComplete = true
        pending.clear(keeping: 0)
        if let exchange { exchange.clientGone() } else { client.finished(self) }
    }

    /// There is room in the connection's output again.
    func becameWritable() {
        pump()
        if pending.isEmpty { exchange?.answerBecameWritable() }
    }

    /// Sends what waited, as far as the windows allow.
    func pump() {
        guard headSent, !isComplete else { return }
        if !pending.isEmpty {
            let bytes = pending.readable
            let ends = answerEnded && trailer.isEmpty
            guard let sent = client.use({ $0.sendData(id, bytes, endStream: ends) }) else { return lost() }
            pending.consume(sent)
            if sent > 0 { client.sendSoon() }
            guard pending.isEmpty else { return }
            pending.clear(keeping: 0)
            if ends { return completed() }
            if !answerEnded { exchange?.answerBecameWritable() }
        }
        if answerEnded { endAnswer() }
    }

    private func endAnswer() {
        guard !isComplete else { return }
        if trailer.isEmpty {
            let none = UnsafeRawBufferPointer(start: nil, count: 0)
            _ = client.use { $0.sendData(id, none, endStream: true) }
        } else {
            writeTrailer()
        }
        completed()
    }

    private func writeTrailer() {
        client.use { machine in
            guard machine.beginTrailers(id) else { return }
            trailer.withUnsafeBytes { raw in
                var at = 0
                while case .line(let line, let next)? = try? FieldLine.read(raw.bytes.span, at) {
                    at = next
                    machine.add(
                        raw.part(line.name.lower, line.name.upper), raw.part(line.value.lower, line.value.upper))
                }
            }
            machine.endHead(endStream: true)
        }
    }

    /// Our side is done. A client that still sends its request is read for a while, because some forget the answer when
    /// they are told at once to stop.
    private func completed() {
        isComplete = true
        client.sendSoon()
        if exchange == nil { finish() }
    }

    private func finish() {
        guard !requestEnded, !isGone else { return client.finished(self) }
        let confined = LoopConfined(self, loop.io)
        loop.io.schedule(afterNanos: Self.lingerNanos) { confined.value.stopClient() }
    }

    private func discard(_ count: Int) {
        client.use { $0.consumed(id, count) }
        discardedBytes += count
        if requestEnded, isComplete { return client.finished(self) }
        if discardedBytes > Self.lingerBytes { stopClient() }
    }

    /// The client need not send the rest of its request (RFC 9113, section 8.1).
    private func stopClient() {
        guard !requestEnded, !isGone else { return }
        isGone = true
        client.use { $0.resetStream(id, .noError) }
        client.finished(self)
    }

    private func lost() {
        isComplete = true
        pending.clear(keeping: 0)
        if exchange == nil { client.finished(self) }
    }
}

// MARK: - The exchange's side

extension HTTP2ClientStream: Downstream {
    var peer: ClientPeer { client.peer }

    var isAnswerWritable: Bool { pending.isEmpty && client.isWritable() }

    func resumeBody() { feedHeld() }

    func pass(interim head: borrowing ResponseHead, _ raw: UnsafeRawBufferPointer, of exchange: Exchange) {
        client.use { machine in
            guard machine.beginHead(id) else { return }
            machine.addStatus(head.status)
            machine.addPassing(head.fields, raw)
            machine.endHead(endStream: false)
        }
        client.sendSoon()
    }

    func writeContinue() {
        client.use { machine in
            guard machine.beginHead(id) else { return }
            machine.addStatus(100)
            machine.endHead(endStream: false)
        }
        client.sendSoon()
    }

    func begin(answer head: borrowing ResponseHead, _ raw: UnsafeRawBufferPointer, of exchange: Exchange) {
        let length = Self.declaredLength(of: head)
        let isEmpty = head.framing == .none || head.framing == .length(0)
        startHead(head.status) { machine in
            machine.addPassing(head.fields, raw)
            machine.add("x-request-id", exchange.identity.requestID)
            if let length { machine.add(length: length) }
            if let rate = exchange.state.rate { machine.add(rate) }
        } endStream: {
            isEmpty
        }
        remaining = isEmpty ? nil : length
    }

    private static func declaredLength(of head: borrowing ResponseHead) -> Int? {
        switch head.framing {
        case .length(let length): length
        case .none: head.status == 204 ? nil : head.declaredLength
        case .chunked, .untilClose: nil
        }
    }

    private func startHead(
        _ status: Int, _ fields: (inout HTTP2Connection) -> Void, endStream: () -> Bool
    ) {
        headSent = true
        let ends = endStream()
        let isOpen = client.use { machine in
            guard machine.beginHead(id) else { return false }
            machine.addStatus(status)
            fields(&machine)
            machine.endHead(endStream: ends)
            return true
        }
        client.sendSoon()
        if !isOpen { return lost() }
        if ends { completed() }
    }

    /// HTTP/2 has no such switch; nothing asks for one.
    func beginTunnel(_ head: borrowing ResponseHead, _ raw: UnsafeRawBufferPointer, of exchange: Exchange) {}

    func begin(own response: LocalResponse, status: Int, length: Int?, of exchange: Exchange) {
        let isEmpty = status == 204 || status == 304 || length == 0 || exchange.parser.head.method == .head
        let fields =
            [("content-type", response.contentType), ("date", String(decoding: loop.dateBytes(), as: UTF8.self))]
            + response.headers
        startHead(status) { machine in
            machine.add("x-request-id", exchange.identity.requestID)
            for (name, value) in fields where !value.isEmpty { machine.add(field: name, value) }
            if let length, status != 204 { machine.add(length: length) }
        } endStream: {
            isEmpty
        }
        remaining = isEmpty ? nil : length
    }

    func write(body: UnsafeRawBufferPointer) {
        guard !isComplete, body.count > 0 else { return }
        var ends = false
        if let left = remaining {
            remaining = left - body.count
            // The last piece ends the stream itself.
            ends = left == body.count && !expectsTrailer
        }
        guard pending.isEmpty else { return pending.append(body) }
        guard let sent = client.use({ $0.sendData(id, body, endStream: ends) }) else { return lost() }
        client.sendSoon()
        if sent < body.count {
            pending.append(body.part(sent, body.count))
        } else if ends {
            completed()
        }
    }

    /// Trailers may follow a body of a stated length.
    private var expectsTrailer: Bool { exchange?.parser.head.acceptsTrailers ?? false }

    func endBody(trailer: [UInt8], of exchange: Exchange) {
        guard !isComplete else { return }
        if exchange.parser.head.acceptsTrailers { self.trailer = trailer }
        answerEnded = true
        if pending.isEmpty { endAnswer() } else { pump() }
    }

    func write(refusal error: GatewayError, of exchange: Exchange) {
        let id = exchange.identity.requestID
        let length = RefusalBody.length(error, id)
        let isHead = exchange.parser.head.method == .head
        let state = exchange.state
        startHead(error.code.status) { machine in
            machine.add("content-type", "application/json")
            machine.add("date", loop.dateBytes())
            machine.add("x-request-id", id)
            machine.add(length: length)
            machine.addRefusalFields(error.code, state)
        } endStream: {
            isHead
        }
        exchange.state.responseBytes = isHead ? 0 : length
        guard !isHead else { return }
        var body = ByteQueue()
        var writer = HeadWriter(body.reserve(length))
        RefusalBody.append(error, id, &writer)
        body.commit(writer.count)
        remaining = length
        write(body: body.readable)
        guard !isComplete else { return }
        answerEnded = true
        if pending.isEmpty { endAnswer() }
    }

    func replace(_ exchange: Exchange, with other: Exchange) { self.exchange = other }

    func breakOff(_ exchange: Exchange) {
        guard !isComplete else { return }
        isComplete = true
        pending.clear(keeping: 0)
        isGone = true
        client.use { $0.resetStream(id, .internalError) }
        client.sendSoon()
    }

    func exchangeEnded(_ exchange: Exchange) {
        self.exchange = nil
        held.clear(keeping: 0)
        loop.put(back: exchange)
        if isComplete { finish() } else { client.waits(self) }
    }
}
