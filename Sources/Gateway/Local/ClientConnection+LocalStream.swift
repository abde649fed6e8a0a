import NIOCore

/// Answers of the gateway's own whose body is made while it is sent.
extension ClientConnection {
    /// Sends the head and goes on as the client and the stream allow.
    func begin(_ response: LocalResponse, _ stream: any LocalBodyStream) {
        let isOld = parser.head.version == .http10
        if !exchange.requestDone || isOld || loop.isDraining { exchange.keepAlive = false }
        exchange.status = (200...599).contains(response.status) ? response.status : 500
        exchange.delivery = isOld ? .untilClose : .chunked
        var out = ByteBuffer()
        // RFC 9112, section 6.1: the answer to a HEAD may say it, too.
        let coding = isOld ? "" : "chunked"
        writeLocalHead(response, status: exchange.status, framing: ("Transfer-Encoding", coding), to: &out)
        exchange.responseStarted = true
        guard parser.head.method != .head else {
            stream.cancel()
            writeAndFlush(out)
            return finish(now: SteadyTime.nanos())
        }
        write(out)
        localStream = stream
        phase = .localStreaming
    }

    /// Sends what is there while the client takes it. True when the answer has come to its end.
    func pumpLocalStream() -> Bool {
        holdInput()
        guard let stream = localStream, let eventLoop = context?.eventLoop else { return false }
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        let wake: @Sendable () -> Void = { eventLoop.execute { bound.value.process() } }
        repeat {
            while isClientWritable {
                switch stream.next(orCall: wake) {
                case .piece(let bytes): writeLocalPiece(bytes)
                case .wait:
                    flush()
                    // The stream has a limit of its own for how long it makes the client wait.
                    deadlineNanos = .max
                    return false
                case .end:
                    endLocalStream()
                    return true
                case .failed:
                    localStream = nil
                    flush()
                    abortResponse(now: SteadyTime.nanos(), code: .internalError)
                    return true
                }
            }
            // The client may have room again at once, which nobody would say a second time.
            flush()
        } while isClientWritable
        deadlineNanos = SteadyTime.after(loop.settings.timeouts.bodyNanos, from: SteadyTime.nanos())
        return false
    }

    private func writeLocalPiece(_ bytes: [UInt8]) {
        exchange.responseBytes += bytes.count
        var out = ByteBuffer()
        out.reserveCapacity(bytes.count + 16)
        if exchange.delivery == .chunked { out.writeChunkSize(bytes.count) }
        out.writeBytes(bytes)
        if exchange.delivery == .chunked { out.writeStaticString("\r\n") }
        write(out)
    }

    private func endLocalStream() {
        localStream = nil
        if exchange.delivery == .chunked { write(ByteBuffer(staticString: "0\r\n\r\n")) }
        flush()
        finish(now: SteadyTime.nanos())
    }

    /// Nobody reads the answer any more.
    func cancelLocalStream() {
        localStream?.cancel()
        localStream = nil
    }
}
