import GatewayMetrics
import NIOCore
import StructuredLog

extension ClientConnection {
    /// A complete head: checks in the contract's order (framing, path, tenant, limits, cell), then the upstream.
    func beginRequest() {
        let headBytes = exchange.headBytes
        let span = headBytes.readableBytesUInt8Span
        identity.adopt(span, parser.head.fields, &loop.random)
        exchange.keepAlive = parser.head.keepAlive && !loop.isDraining
        bodyDecoder = BodyDecoder(parser.head.framing, trailerLimit: loop.settings.limits.headBytes)
        exchange.requestDone = bodyDecoder.isComplete
        if let error = methodError() { return refuse(error) }
        if parser.head.isAsterisk { return answerAsterisk() }
        if let fault = PathPolicy.fault(span, parser.head.path) {
            return refuse(GatewayError(.badRequest, .path, fault))
        }
        if loop.telemetry == nil { return beginLocal() }
        switch RouteClass.classify(span, parser.head.path) {
        case .local: beginLocal()
        case .cell(let name): route(to: name)
        }
    }

    private func methodError() -> GatewayError? {
        switch parser.head.method {
        case .other: GatewayError(.notImplemented, .method, "the method is not served")
        case .connect, .trace: GatewayError(.methodNotAllowed, .method, "the method is not allowed")
        default: nil
        }
    }

    private func route(to name: ByteSlice) {
        let headBytes = exchange.headBytes
        let span = headBytes.readableBytesUInt8Span
        if let error = judgeTenant() { return refuse(error) }
        if case .length(let length) = parser.head.framing, length > loop.settings.limits.bodyBytes {
            return refuse(GatewayError(.bodyTooLarge, .bodyTooLarge, "the request body is too large"))
        }
        guard let cell = loop.routes.find(span, name) else {
            return refuse(GatewayError(.unknownCell, .unknownCell, "no such cell"))
        }
        exchange.cell = cell
        if let telemetry = loop.telemetry {
            cell.meters.inFlight.add(1, on: telemetry.shard)
            exchange.isInFlight = true
        }
        dispatch()
    }

    private func judgeTenant() -> GatewayError? {
        let headBytes = exchange.headBytes
        let span = headBytes.readableBytesUInt8Span
        switch TenantRule.judge(span, parser.head.fields) {
        case .named(let id):
            exchange.tenant = id
            exchange.tenantSource = .header
            return nil
        case .refused(let value):
            exchange.tenant = value
            exchange.tenantSource = .rejected
            return GatewayError(.invalidTenantID, .invalidTenant, "malformed or repeated tenant id")
        case .absent:
            guard loop.settings.tenancy.required else { return nil }
            return GatewayError(.missingTenantID, .missingTenant, "the request must name its tenant")
        }
    }

    /// Sends the request to the cell's next upstream.
    func dispatch(freshConnection: Bool = false, excluding excluded: UpstreamPool? = nil) {
        guard let cell = exchange.cell else { return }
        let now = SteadyTime.nanos()
        exchange.attempts += 1
        exchange.upstreamStartNanos = now
        deadlineNanos = SteadyTime.after(loop.settings.timeouts.responseNanos, from: now)
        guard let pool = cell.pick(now: now, excluding: excluded) else {
            return refuse(
                GatewayError(
                    .upstreamUnavailable, .none, "no server of the cell is healthy", source: .upstream))
        }
        exchange.pool = pool
        if !freshConnection, let connection = pool.takeIdle() {
            connection.attach(self)
            upstream = connection
            phase = .streaming
            return sendHead(to: connection)
        }
        guard let connection = pool.connect(for: self) else {
            return refuse(
                GatewayError(.overloaded, .overloaded, "too many requests to the cell at once", source: .internal))
        }
        upstream = connection
        phase = .connecting
    }

    /// The head and what is there of the body, in one write.
    func sendHead(to connection: UpstreamConnection) {
        guard let cell = exchange.cell, let pool = exchange.pool else { return }
        var out = loop.takeScratch()
        let request = ForwardedRequest(
            stripPrefix: cell.stripPrefix, upstreamHost: pool.label,
            tenant: exchange.tenant, peer: peer, isTrustedPeer: isTrustedPeer)
        request.write(parser.head, identity, exchange.headBytes, to: &out)
        if !exchange.requestDone, inbound.readableBytes > 0 {
            guard forwardBody(to: connection, with: &out) else {
                loop.put(back: out)
                return
            }
        }
        connection.writeAndFlush(out)
        loop.put(back: out)
        setBodyDeadline()
    }

    private func setBodyDeadline() {
        let timeouts = loop.settings.timeouts
        let nanos = exchange.requestDone ? timeouts.responseNanos : timeouts.bodyNanos
        deadlineNanos = SteadyTime.after(nanos, from: SteadyTime.nanos())
    }

    /// Sends on what has come of the body. True when something was done, so that `process` must look again: for more
    /// bytes, or to go on reading.
    func pumpRequestBody() -> Bool {
        guard let connection = upstream else { return false }
        if exchange.requestDone {
            holdInput()
            return false
        }
        guard connection.isWritable else {
            holdInput()
            return false
        }
        guard inbound.readableBytes > 0 else {
            resumeInput()
            return false
        }
        var out = loop.takeScratch()
        let isSound = forwardBody(to: connection, with: &out)
        if isSound {
            connection.writeAndFlush(out)
            setBodyDeadline()
        }
        loop.put(back: out)
        return true
    }

    /// Takes the body's bytes out of `inbound` and adds them to `out`, in the upstream's framing. Large pieces are
    /// written without being copied. False after a fault, which has been answered.
    private func forwardBody(to connection: UpstreamConnection, with out: inout ByteBuffer) -> Bool {
        exchange.bodyTouched = true
        let isChunked = parser.head.framing == .chunked
        var at = 0
        do throws(SyntaxFault) {
            while let range = try bodyDecoder.next(inbound.readableBytesUInt8Span, at: &at) {
                exchange.requestBytes += range.count
                guard exchange.requestBytes <= loop.settings.limits.bodyBytes else {
                    failExchange(
                        GatewayError(.bodyTooLarge, .bodyTooLarge, "the request body is too large"), .canceled)
                    return false
                }
                if isChunked { out.writeChunkSize(range.count) }
                appendBody(range, from: inbound, to: &out) { connection.write($0) }
                if isChunked { out.writeStaticString("\r\n") }
            }
        } catch let fault {
            failExchange(fault.downstream, .canceled)
            return false
        }
        inbound.moveReaderIndex(forwardBy: at)
        if inbound.readableBytes == 0 { inbound = ByteBuffer() }
        if bodyDecoder.isComplete {
            exchange.requestDone = true
            // Trailers of a request are dropped: nothing in them may pass as a header (attack case 28).
            if isChunked { out.writeStaticString("0\r\n\r\n") }
        }
        return true
    }

    /// Copies a small piece of `source` into `out`; a large one is written by itself after what `out` holds.
    @inline(__always)
    func appendBody(
        _ range: Range<Int>, from source: ByteBuffer, to out: inout ByteBuffer, write: (ByteBuffer) -> Void
    ) {
        guard let slice = source.getSlice(at: source.readerIndex + range.lowerBound, length: range.count) else {
            return
        }
        if range.count <= 16_384 {
            out.writeImmutableBuffer(slice)
        } else {
            if out.readableBytes > 0 {
                write(out)
                out = ByteBuffer()
            }
            write(slice)
        }
    }
}

extension ByteBuffer {
    /// A chunk's size in hexadecimal digits, and its line end.
    mutating func writeChunkSize(_ size: Int) {
        var shift = size == 0 ? 0 : (Int.bitWidth - 1 - size.leadingZeroBitCount) / 4 * 4
        while shift >= 0 {
            let nibble = UInt8(truncatingIfNeeded: size >> shift) & 15
            writeInteger(nibble < 10 ? 0x30 &+ nibble : 0x57 &+ nibble)
            shift -= 4
        }
        writeStaticString("\r\n")
    }
}
