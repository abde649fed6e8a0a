/// Requests the gateway answers itself: not the hot path, so strings are welcome.
extension Exchange {
    /// The largest body of a local request.
    private static let localBodyBytes = 1_048_576
    private static let noSuchResource = GatewayError(.notFound, .notFound, "no such resource")
    private static let tooLarge = GatewayError(.bodyTooLarge, .bodyTooLarge, "the request body is too large")

    private var localBodyLimit: Int { min(Self.localBodyBytes, loop.settings.limits.bodyBytes) }

    func beginLocal() {
        state.isLocal = true
        guard loop.local.serves(requestPath) else { return refuse(Self.noSuchResource) }
        if case .length(let length) = parser.head.framing, length > localBodyLimit { return refuse(Self.tooLarge) }
        guard !state.requestDone, loop.local.wantsBody(makeLocalRequest()) else { return callLocalHandler() }
        if parser.head.expectsContinue { downstream?.writeContinue() }
        phase = .localBody
        deadlineNanos = SteadyTime.after(loop.settings.timeouts.bodyNanos, from: loop.io.now)
    }

    func takeLocal(_ bytes: UnsafeRawBufferPointer) {
        guard localBody.count + bytes.count <= localBodyLimit else { return refuse(Self.tooLarge) }
        guard loop.takeLocalBody(bytes.count) else {
            return refuse(
                GatewayError(.overloaded, .overloaded, "too many request bodies at once", source: .internal))
        }
        localBody += bytes
    }

    func callLocalHandler() {
        phase = .localPending
        deadlineNanos = .max
        let confined = LoopConfined(self, loop.io)
        let io = loop.io
        let generation = generation
        let isServed = loop.local.answer(makeLocalRequest()) { response in
            if io.isCurrent { return confined.value.received(local: response, for: generation) }
            let isTaken = io.execute { confined.value.received(local: response, for: generation) }
            if !isTaken { response.stream?.cancel() }
        }
        if !isServed { refuse(Self.noSuchResource) }
    }

    /// The handler's answer, which may come when nobody waits for it any more.
    private func received(local response: LocalResponse, for generation: UInt64) {
        guard phase == .localPending, self.generation == generation else {
            response.stream?.cancel()
            return
        }
        send(response)
    }

    private func makeLocalRequest() -> LocalRequest {
        LocalRequest(
            method: text(parser.head.methodName), path: requestPath,
            query: parser.head.hasQuery ? text(parser.head.query) : nil,
            headers: parser.head.fields.lines.filter { $0.known != .underscored }.map {
                (text($0.name), text($0.value))
            },
            body: localBody, remoteAddress: peer?.text.text ?? "",
            isLoopback: peer?.isLoopback ?? false,
            requestID: String(decoding: identity.requestID, as: UTF8.self))
    }

    private var requestPath: String { parser.head.path.isEmpty ? "/" : text(parser.head.path) }

    private func text(_ slice: ByteSlice) -> String {
        String(decoding: headBytes.part(slice.lower, slice.upper), as: UTF8.self)
    }

    /// `OPTIONS *` asks what the server as a whole can do.
    func answerAsterisk() {
        state.isLocal = true
        send(
            LocalResponse(
                status: 204, contentType: "",
                headers: [("Allow", "GET, HEAD, POST, PUT, DELETE, PATCH, OPTIONS")]))
    }

    /// Writes an answer, or begins one whose body is made meanwhile.
    private func send(_ response: LocalResponse) {
        let status = (200...599).contains(response.status) ? response.status : 500
        state.status = status
        if let stream = response.stream { return begin(response, stream) }
        let isEmpty = status == 204
        downstream?.begin(own: response, status: status, length: isEmpty ? 0 : response.body.count, of: self)
        if parser.head.method != .head, !isEmpty, status != 304 {
            state.responseBytes = response.body.count
            response.body.withUnsafeBytes { bytes in
                downstream?.write(body: bytes)
                // The bytes are lent for the time of this call only.
                loop.io.batch.flush()
            }
            downstream?.endBody(trailer: [], of: self)
        }
        if response.errorCode != nil { loop.telemetry?.countRejection(.local) }
        record(status: status, code: response.errorCode)
        end()
    }

    // MARK: - Bodies that are made while they are sent

    /// Sends the head and goes on as the client and the stream allow.
    private func begin(_ response: LocalResponse, _ stream: any LocalBodyStream) {
        downstream?.begin(own: response, status: state.status, length: nil, of: self)
        state.responseStarted = true
        guard parser.head.method != .head else {
            stream.cancel()
            return finish()
        }
        localStream = stream
        phase = .localStreaming
        pumpLocalStream()
    }

    /// Sends what is there while the client takes it.
    func pumpLocalStream() {
        guard phase == .localStreaming, let stream = localStream, let downstream else { return }
        let confined = LoopConfined(self, loop.io)
        let io = loop.io
        let generation = generation
        let wake: @Sendable () -> Void = {
            io.execute {
                guard confined.value.generation == generation else { return }
                confined.value.pumpLocalStream()
            }
        }
        while downstream.isAnswerWritable {
            switch stream.next(orCall: wake) {
            case .piece(let bytes): write(local: bytes)
            case .wait:
                // The stream has a limit of its own for how long it makes the client wait.
                deadlineNanos = .max
                return
            case .end:
                localStream = nil
                downstream.endBody(trailer: [], of: self)
                return finish()
            case .failed:
                localStream = nil
                return breakOff(.internalError, "the answer could not be completed")
            }
        }
        deadlineNanos = SteadyTime.after(loop.settings.timeouts.bodyNanos, from: loop.io.now)
    }

    private func write(local bytes: [UInt8]) {
        state.responseBytes += bytes.count
        bytes.withUnsafeBytes { bytes in
            downstream?.write(body: bytes)
            loop.io.batch.flush()
        }
    }

    /// Nobody reads the answer any more.
    func cancelLocalStream() {
        localStream?.cancel()
        localStream = nil
    }
}
