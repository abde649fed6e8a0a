/// Answers on the wire.
extension HTTP1Client {
    func pass(interim head: borrowing ResponseHead, _ raw: UnsafeRawBufferPointer, of exchange: Exchange) {
        let response = ForwardedResponse(
            delivery: .none(declaredLength: nil), clientVersion: .http11, keepAlive: true, rate: nil)
        let requestID = exchange.identity.requestID
        socket.write(atMost: response.bound(head, requestID)) { response.write(head, requestID, raw, to: $0) }
    }

    func writeContinue() { socket.write("HTTP/1.1 100 Continue\r\n\r\n") }

    func begin(answer head: borrowing ResponseHead, _ raw: UnsafeRawBufferPointer, of exchange: Exchange) {
        let version = exchange.parser.head.version
        delivery = Self.delivery(of: head, isOld: version == .http10)
        // An answer before the end of the request: what is still to come of it cannot be told from a next request
        // by an upstream that stops reading, so the connection ends with this answer.
        if !exchange.state.requestDone || delivery == .untilClose || loop.isDraining { keepsAlive = false }
        let response = ForwardedResponse(
            delivery: delivery, clientVersion: version, keepAlive: keepsAlive, rate: exchange.state.rate)
        let requestID = exchange.identity.requestID
        socket.write(atMost: response.bound(head, requestID)) { response.write(head, requestID, raw, to: $0) }
    }

    static func delivery(of head: borrowing ResponseHead, isOld: Bool) -> ForwardedResponse.Delivery {
        switch head.framing {
        case .none: .none(declaredLength: head.status == 204 ? nil : head.declaredLength)
        case .length(let length): .length(length)
        case .chunked, .untilClose: isOld ? .untilClose : .chunked
        }
    }

    @inline(__always)
    func write(body: UnsafeRawBufferPointer) {
        guard delivery == .chunked else { return socket.write(lending: body) }
        guard body.count > 0 else { return }
        socket.write(atMost: ChunkSize.longest) { ChunkSize.write(body.count, to: $0) }
        socket.write(lending: body)
        socket.write("\r\n")
    }

    /// The last chunk, with the upstream's trailers for a client that asked for them (attack case 107).
    func endBody(trailer: [UInt8], of exchange: Exchange) {
        guard delivery == .chunked else { return }
        socket.write("0\r\n")
        if exchange.parser.head.acceptsTrailers { socket.write(trailer) }
        socket.write("\r\n")
    }

    // MARK: - The gateway's own

    func write(refusal error: GatewayError, of exchange: Exchange) {
        if !exchange.state.requestDone || loop.isDraining { keepsAlive = false }
        let id = exchange.identity.requestID
        let length = RefusalBody.length(error, id)
        let isHead = exchange.parser.head.method == .head
        let date = loop.dateBytes()
        let keepsAlive = keepsAlive
        let state = exchange.state
        socket.write(atMost: 512 + RefusalBody.fieldBytes + length + id.count + date.count) { target in
            var writer = HeadWriter(target)
            writer.appendStatusLine(error.code.status)
            writer.append("Content-Type: application/json\r\nContent-Length: ")
            writer.append(decimal: length)
            writer.append("\r\nDate: ")
            writer.append(date)
            writer.append("\r\nX-Request-Id: ")
            writer.append(id)
            writer.append("\r\n")
            RefusalBody.appendFields(error.code, state, &writer)
            if !keepsAlive { writer.append("Connection: close\r\n") }
            writer.append("\r\n")
            if !isHead { RefusalBody.append(error, id, &writer) }
            return writer.count
        }
        exchange.state.responseBytes = isHead ? 0 : length
    }

    /// Fields without a value are left out.
    func begin(own response: LocalResponse, status: Int, length: Int?, of exchange: Exchange) {
        let isOld = exchange.parser.head.version == .http10
        if !exchange.state.requestDone || loop.isDraining { keepsAlive = false }
        if length == nil, isOld { keepsAlive = false }
        delivery = length.map { .length($0) } ?? (isOld ? .untilClose : .chunked)
        let framing: (String, String) =
            switch delivery {
            case .length(let length): ("Content-Length", status == 204 ? "" : String(length))
            // RFC 9112, section 6.1: the answer to a HEAD may say it, too.
            case .chunked: ("Transfer-Encoding", "chunked")
            case .none, .untilClose: ("Transfer-Encoding", "")
            }
        let fields = [
            ("Content-Type", response.contentType), framing,
            ("Date", String(decoding: loop.dateBytes(), as: UTF8.self)),
            ("X-Request-Id", String(decoding: exchange.identity.requestID, as: UTF8.self)),
        ]
        socket.write(atMost: 64) { target in
            var writer = HeadWriter(target)
            writer.appendStatusLine(status)
            return writer.count
        }
        for (name, value) in fields + response.headers where !value.isEmpty { write(field: name, value) }
        if !keepsAlive {
            socket.write("Connection: close\r\n")
        } else if isOld {
            socket.write("Connection: keep-alive\r\n")
        }
        socket.write("\r\n")
    }

    /// Bytes that would end the line are left out.
    private func write(field name: String, _ value: String) {
        let line = name.utf8.filter { ByteClass.isToken($0) } + ": ".utf8
        socket.write(line + value.utf8.filter { ByteClass.isFieldValue($0) } + "\r\n".utf8)
    }
}
