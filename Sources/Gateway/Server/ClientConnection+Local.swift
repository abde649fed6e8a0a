import NIOCore

/// Requests the gateway answers itself: not the hot path, so strings are welcome.
extension ClientConnection {
    /// The largest body of a local request.
    private static let localBodyBytes = 1_048_576

    func beginLocal() {
        exchange.isLocal = true
        guard loop.local.serves(requestPath) else { return refuse(Self.noSuchResource) }
        let limit = min(Self.localBodyBytes, loop.settings.limits.bodyBytes)
        if case .length(let length) = parser.head.framing, length > limit {
            return refuse(GatewayError(.bodyTooLarge, .bodyTooLarge, "the request body is too large"))
        }
        localBody.removeAll()
        if exchange.requestDone { return callLocalHandler() }
        if parser.head.expectsContinue { writeAndFlush(ByteBuffer(staticString: "HTTP/1.1 100 Continue\r\n\r\n")) }
        phase = .localBody
        let now = SteadyTime.nanos()
        deadlineNanos = SteadyTime.after(loop.settings.timeouts.bodyNanos, from: now)
    }

    /// True when the phase has changed.
    func readLocalBody() -> Bool {
        let limit = min(Self.localBodyBytes, loop.settings.limits.bodyBytes)
        var at = 0
        do throws(SyntaxFault) {
            while let range = try bodyDecoder.next(inbound.readableBytesUInt8Span, at: &at) {
                guard localBody.count + range.count <= limit else {
                    refuse(GatewayError(.bodyTooLarge, .bodyTooLarge, "the request body is too large"), closing: true)
                    return true
                }
                localBody += inbound.getBytes(at: inbound.readerIndex + range.lowerBound, length: range.count) ?? []
            }
        } catch let fault {
            refuse(fault.downstream, closing: true)
            return true
        }
        exchange.requestBytes = localBody.count
        inbound.moveReaderIndex(forwardBy: at)
        if inbound.readableBytes == 0 { inbound = ByteBuffer() }
        guard bodyDecoder.isComplete else {
            resumeInput()
            return false
        }
        exchange.requestDone = true
        callLocalHandler()
        return true
    }

    private static let noSuchResource = GatewayError(.notFound, .notFound, "no such resource")

    private func callLocalHandler() {
        guard let context, let future = loop.local.answer(makeLocalRequest(), context.eventLoop) else {
            return refuse(Self.noSuchResource)
        }
        phase = .localPending
        deadlineNanos = .max
        let id = identity.requestID
        future.hop(to: context.eventLoop).assumeIsolated().whenComplete { [weak self] result in
            guard let self, self.phase == .localPending, self.identity.requestID == id else {
                // Nobody waits for the answer any more.
                if case .success(let response) = result { response.stream?.cancel() }
                return
            }
            switch result {
            case .success(let response): self.send(response)
            case .failure: self.refuse(GatewayError(.internalError, .none, "the gateway failed", source: .internal))
            }
            self.process()
        }
    }

    private func makeLocalRequest() -> LocalRequest {
        let head = parser.head
        return LocalRequest(
            method: text(head.methodName), path: requestPath, query: head.hasQuery ? text(head.query) : nil,
            headers: head.fields.lines.filter { $0.known != .underscored }.map { (text($0.name), text($0.value)) },
            body: localBody, remoteAddress: String(decoding: peer, as: UTF8.self), isLoopback: isLoopbackPeer,
            requestID: String(decoding: identity.requestID, as: UTF8.self))
    }

    private var requestPath: String { parser.head.path.isEmpty ? "/" : text(parser.head.path) }

    private func text(_ slice: ByteSlice) -> String {
        let bytes = exchange.headBytes
        return String(
            decoding: bytes.getBytes(at: bytes.readerIndex + slice.lower, length: slice.count) ?? [], as: UTF8.self)
    }

    /// Writes an answer, or begins one whose body is made meanwhile.
    func send(_ response: LocalResponse) {
        if let stream = response.stream { return begin(response, stream) }
        let now = SteadyTime.nanos()
        if !exchange.requestDone || loop.isDraining { exchange.keepAlive = false }
        let status = (200...599).contains(response.status) ? response.status : 500
        let hasBody = parser.head.method != .head && status != 204 && status != 304
        var out = ByteBuffer()
        out.reserveCapacity(512 + response.body.count)
        let length = status == 204 ? "" : String(response.body.count)
        writeLocalHead(response, status: status, framing: ("Content-Length", length), to: &out)
        if hasBody { out.writeBytes(response.body) }
        writeAndFlush(out)
        exchange.status = status
        exchange.responseBytes = hasBody ? response.body.count : 0
        if response.errorCode != nil { loop.telemetry?.countRejection(.local) }
        record(status: status, code: response.errorCode, now: now)
        if exchange.keepAlive {
            resetForNextRequest(now: now)
        } else {
            beginLinger()
        }
    }

    /// Up to the empty line; fields without a value are left out.
    func writeLocalHead(
        _ response: LocalResponse, status: Int, framing: (String, String), to out: inout ByteBuffer
    ) {
        let head = [
            ("Content-Type", response.contentType), framing,
            ("Date", String(decoding: loop.dateBytes(), as: UTF8.self)),
            ("X-Request-Id", String(decoding: identity.requestID, as: UTF8.self)),
        ]
        out.writeStatusLine(status)
        for (name, value) in head + response.headers where !value.isEmpty { out.writeField(name, value) }
        if !exchange.keepAlive {
            out.writeStaticString("Connection: close\r\n")
        } else if parser.head.version == .http10 {
            out.writeStaticString("Connection: keep-alive\r\n")
        }
        out.writeStaticString("\r\n")
    }
}

extension ByteBuffer {
    fileprivate mutating func writeStatusLine(_ status: Int) {
        _ = writeWithUnsafeMutableBytes(minimumWritableBytes: 64) { target in
            var writer = HeadWriter(target)
            writer.appendStatusLine(status)
            return writer.count
        }
    }

    /// Bytes that would end the line are left out.
    fileprivate mutating func writeField(_ name: String, _ value: String) {
        writeBytes(name.utf8.filter { ByteClass.isToken($0) })
        writeStaticString(": ")
        writeBytes(value.utf8.filter { ByteClass.isFieldValue($0) })
        writeStaticString("\r\n")
    }
}
