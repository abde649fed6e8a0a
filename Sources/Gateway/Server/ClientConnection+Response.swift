import NIOCore

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// The way back: from the upstream's bytes to the client.
extension ClientConnection {
    /// Interim answers are passed on or dropped; beyond this many the upstream is not sane (attack case 100).
    private static let interimLimit = 16

    func upstreamRead(_ connection: UpstreamConnection, _ incoming: ByteBuffer) {
        guard phase == .streaming, upstream === connection else { return }
        if responseInbound.readableBytes == 0 {
            responseInbound = incoming
        } else {
            var incoming = incoming
            responseInbound.writeBuffer(&incoming)
        }
        var out = loop.takeScratch()
        if exchange.responseStarted || readResponseHead(&out) {
            forwardResponse(connection, &out)
        }
        loop.put(back: out)
        if phase == .head { process() }
    }

    /// True when the final head is complete; it is in `out` then.
    private func readResponseHead(_ out: inout ByteBuffer) -> Bool {
        while phase == .streaming {
            do throws(GatewayError) {
                let isHead = parser.head.method == .head
                guard try responseParser.parse(responseInbound.readableBytesUInt8Span, toHead: isHead) else {
                    return false
                }
            } catch let error {
                upstreamFault(error)
                return false
            }
            let length = responseParser.head.byteCount
            guard let headBytes = responseInbound.readSlice(length: length) else { return false }
            guard responseParser.head.isInformational else {
                startResponse(headBytes, &out)
                return true
            }
            guard passInterim(headBytes) else { return false }
            responseParser.reset()
        }
        return false
    }

    /// 100 goes to a client that waits for it, 103 to any of HTTP/1.1; a switch of protocols was not asked for.
    private func passInterim(_ headBytes: ByteBuffer) -> Bool {
        exchange.interimResponses += 1
        let status = responseParser.head.status
        guard status != 101, exchange.interimResponses <= Self.interimLimit else {
            let message: StaticString = status == 101 ? "unasked protocol switch" : "too many interim answers"
            upstreamFault(GatewayError(.upstreamProtocolError, .none, message, source: .upstream))
            return false
        }
        guard parser.head.version == .http11 else { return true }
        if status == 100, parser.head.expectsContinue {
            writeAndFlush(ByteBuffer(staticString: "HTTP/1.1 100 Continue\r\n\r\n"))
        } else if status == 103 {
            var out = ByteBuffer()
            ForwardedResponse(delivery: .none(declaredLength: nil), clientVersion: .http11, keepAlive: true)
                .write(responseParser.head, identity.requestID, headBytes, to: &out)
            writeAndFlush(out)
        }
        return true
    }

    private func startResponse(_ headBytes: ByteBuffer, _ out: inout ByteBuffer) {
        let framing = responseParser.head.framing
        responseDecoder = BodyDecoder(framing, trailerLimit: ResponseHeadParser.headBytes)
        let isOld = parser.head.version == .http10
        switch framing {
        case .none:
            let hidesLength = responseParser.head.status == 204
            exchange.delivery = .none(declaredLength: hidesLength ? nil : responseParser.head.declaredLength)
        case .length(let length): exchange.delivery = .length(length)
        case .chunked, .untilClose: exchange.delivery = isOld ? .untilClose : .chunked
        }
        // An answer before the end of the request: what is still to come of it cannot be told from a next request
        // by an upstream that stops reading, so the connection ends with this answer.
        if !exchange.requestDone || exchange.delivery == .untilClose || loop.isDraining { exchange.keepAlive = false }
        exchange.responseStarted = true
        exchange.status = responseParser.head.status
        let response = ForwardedResponse(
            delivery: exchange.delivery, clientVersion: parser.head.version, keepAlive: exchange.keepAlive)
        response.write(responseParser.head, identity.requestID, headBytes, to: &out)
    }

    /// Sends on what has come of the body, after what `out` holds, with one flush.
    private func forwardResponse(_ connection: UpstreamConnection, _ out: inout ByteBuffer) {
        let isChunked = exchange.delivery == .chunked
        var at = 0
        do throws(SyntaxFault) {
            while let range = try responseDecoder.next(responseInbound.readableBytesUInt8Span, at: &at) {
                exchange.responseBytes += range.count
                if isChunked { out.writeChunkSize(range.count) }
                appendBody(range, from: responseInbound, to: &out) { write($0) }
                if isChunked { out.writeStaticString("\r\n") }
            }
        } catch let fault {
            if out.readableBytes > 0 { writeAndFlush(out) }
            return upstreamFault(fault.upstream)
        }
        responseInbound.moveReaderIndex(forwardBy: at)
        if responseDecoder.isComplete {
            if isChunked { endChunks(&out) }
            writeAndFlush(out)
            return endResponse(connection)
        }
        if responseInbound.readableBytes == 0 { responseInbound = ByteBuffer() }
        let timeouts = loop.settings.timeouts
        writeAndFlush(out)
        if isClientWritable {
            deadlineNanos = SteadyTime.after(timeouts.responseNanos, from: SteadyTime.nanos())
        } else {
            connection.pause()
            deadlineNanos = SteadyTime.after(timeouts.bodyNanos, from: SteadyTime.nanos())
        }
    }

    /// The last chunk, with the upstream's trailers for a client that asked for them (attack case 107).
    private func endChunks(_ out: inout ByteBuffer) {
        out.writeStaticString("0\r\n")
        if parser.head.acceptsTrailers { out.writeBytes(responseDecoder.chunks.trailer) }
        out.writeStaticString("\r\n")
    }

    /// The upstream's part is done: keep its connection if nothing is left on it.
    private func endResponse(_ connection: UpstreamConnection) {
        let now = SteadyTime.nanos()
        noteUpstreamTime(now: now)
        countOutcome(exchange.status >= 500 ? .serverError : .success)
        upstream = nil
        if responseParser.head.keepAlive, exchange.requestDone, responseInbound.readableBytes == 0 {
            connection.release(now: now)
        } else {
            connection.discard()
        }
        finish(now: now)
    }

    /// The end of the connection was the end of the body.
    func endUntilClose(now: Int64) {
        noteUpstreamTime(now: now)
        countOutcome(exchange.status >= 500 ? .serverError : .success)
        if exchange.delivery == .chunked { writeAndFlush(ByteBuffer(staticString: "0\r\n\r\n")) }
        finish(now: now)
        process()
    }

    /// The answer is out: log it and take the next request, or end the connection.
    func finish(now: Int64) {
        record(status: exchange.status, code: nil, now: now)
        if exchange.keepAlive {
            resetForNextRequest(now: now)
        } else {
            beginLinger()
        }
    }

    /// The answer cannot be completed: break the connection so that its end is not taken for the body's
    /// (attack case 95). Where only the end of the connection delimits the body, it is reset.
    func abortResponse(now: Int64, code: ErrorCode = .upstreamProtocolError) {
        noteUpstreamTime(now: now)
        record(status: exchange.status, code: code, now: now)
        if exchange.delivery == .untilClose, let context {
            let reset = linger(l_onoff: 1, l_linger: 0)
            _ = (context.channel as? any SocketOptionProvider)?.setSoLinger(reset)
        }
        closeNow()
    }
}
