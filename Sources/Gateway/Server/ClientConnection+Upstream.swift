import NIOCore

/// What the attached upstream reports.
extension ClientConnection {
    func upstreamConnected(_ connection: UpstreamConnection) {
        guard phase == .connecting, upstream === connection else { return }
        phase = .streaming
        sendHead(to: connection)
        process()
    }

    /// Nothing was sent, so another upstream may be tried, once.
    func upstreamConnectFailed(_ connection: UpstreamConnection, now: Int64) {
        guard phase == .connecting, upstream === connection else { return }
        upstream = nil
        countOutcome(.connectError)
        noteUpstreamTime(now: now)
        if !exchange.retriedConnect, let cell = exchange.cell, cell.pools.count > 1 {
            exchange.retriedConnect = true
            return dispatchAgain(excluding: connection.pool)
        }
        refuse(
            GatewayError(.upstreamUnavailable, .none, "no server of the cell could be reached", source: .upstream))
        process()
    }

    private func dispatchAgain(freshConnection: Bool = false, excluding excluded: UpstreamPool? = nil) {
        dispatch(freshConnection: freshConnection, excluding: excluded)
        process()
    }

    func upstreamBecameWritable() {
        guard phase == .streaming else { return }
        process()
    }

    /// The upstream's connection ended while the request was on it.
    func upstreamClosed(_ connection: UpstreamConnection) {
        guard phase == .streaming, upstream === connection else { return }
        upstream = nil
        let now = SteadyTime.nanos()
        if exchange.responseStarted {
            if responseDecoder.endsWithConnection, !connection.hadError { return endUntilClose(now: now) }
            countOutcome(.closed)
            return abortResponse(now: now)
        }
        noteUpstreamTime(now: now)
        countOutcome(.closed)
        if isSafeToRepeat(on: connection) {
            exchange.retriedStale = true
            responseInbound = ByteBuffer()
            return dispatchAgain(freshConnection: true)
        }
        refuse(
            GatewayError(.upstreamUnavailable, .none, "the cell closed the connection", source: .upstream),
            closing: !exchange.requestDone)
        process()
    }

    /// A kept connection that the upstream closed at the same moment: repeat once, if repeating does no harm and the
    /// bytes of the request are still there.
    private func isSafeToRepeat(on connection: UpstreamConnection) -> Bool {
        connection.isReused && !exchange.retriedStale && responseInbound.readableBytes == 0
            && exchange.interimResponses == 0 && !exchange.bodyTouched && parser.head.method.isIdempotent
    }

    func exchangeTimedOut(now: Int64) {
        if phase == .connecting {
            upstream?.abandonConnecting()
            upstream = nil
            countOutcome(.connectError)
            refuse(
                GatewayError(.upstreamUnavailable, .none, "the cell could not be reached in time", source: .upstream),
                closing: !exchange.requestDone)
            return process()
        }
        if exchange.responseStarted, !isClientWritable {
            let message: StaticString = "the client did not read its answer in time"
            return failExchange(GatewayError(.clientClosed, .none, message), .canceled)
        }
        if exchange.responseStarted { return failExchange(Self.responseTimeout, .timeout) }
        if exchange.requestDone || upstream?.isWritable == false {
            return failExchange(Self.responseTimeout, .timeout)
        }
        failExchange(
            GatewayError(.requestTimeout, .bodyTimeout, "the request body did not arrive in time"), .canceled)
    }

    private static var responseTimeout: GatewayError {
        GatewayError(.upstreamTimeout, .none, "the cell did not answer in time", source: .upstream)
    }

    /// The upstream's answer is malformed.
    func upstreamFault(_ error: GatewayError) { failExchange(error, .protocolError) }

    /// Gives up the upstream; answers if nothing has been answered yet, else breaks the client's connection.
    func failExchange(_ error: GatewayError, _ outcome: UpstreamOutcome) {
        let now = SteadyTime.nanos()
        noteUpstreamTime(now: now)
        countOutcome(outcome)
        upstream?.discard()
        upstream = nil
        if exchange.responseStarted { return abortResponse(now: now, code: error.code) }
        refuse(error, closing: !exchange.requestDone)
        process()
    }

    /// The client has gone: nobody waits for the answer.
    func cancelExchange() {
        let now = SteadyTime.nanos()
        noteUpstreamTime(now: now)
        if let connection = upstream {
            countOutcome(.canceled)
            if connection.isUsable { connection.discard() } else { connection.abandonConnecting() }
            upstream = nil
        }
        record(status: ErrorCode.clientClosed.status, code: .clientClosed, now: now)
    }

    /// The time since the upstream was asked counts as the upstream's.
    func noteUpstreamTime(now: Int64) {
        guard exchange.upstreamStartNanos > 0 else { return }
        exchange.upstreamNanos += now - exchange.upstreamStartNanos
        exchange.upstreamStartNanos = 0
    }

    func countOutcome(_ outcome: UpstreamOutcome) {
        guard let telemetry = loop.telemetry, let pool = exchange.pool else { return }
        pool.meters.count(outcome, on: telemetry.shard)
    }
}
