/// What the upstream reports: its connection, its answer, its end.
extension Exchange {
    /// Interim answers are passed on or dropped; beyond this many the upstream is not sane (attack case 100).
    private static let interimLimit = 16

    // MARK: - Connecting

    /// Nothing was sent, so another upstream may be tried, once.
    func connectFailed(_ pool: UpstreamPool) {
        countOutcome(.connectError)
        noteUpstreamTime()
        if !state.retriedConnect, let cell = state.cell, cell.pools.count > 1 {
            state.retriedConnect = true
            return dispatch(excluding: pool)
        }
        refuse(
            GatewayError(.upstreamUnavailable, .none, "no server of the cell could be reached", source: .upstream))
    }

    // MARK: - The answer

    /// A head of 100 to 199. False when the exchange is over, or the answer not worth more.
    func received(interim head: ResponseHead, _ raw: UnsafeRawBufferPointer) -> Bool {
        state.interimResponses += 1
        if head.status == 101 { return switchProtocols(head, raw) }
        guard state.interimResponses <= Self.interimLimit else {
            fault(GatewayError(.upstreamProtocolError, .none, "too many interim answers", source: .upstream))
            return false
        }
        guard parser.head.version == .http11 else { return true }
        if head.status == 103 || head.status == 100 && parser.head.expectsContinue {
            downstream?.pass(interim: head, raw, of: self)
        }
        return true
    }

    /// A switch of protocols is only taken from an upstream that was asked for it (attack case 101).
    private func switchProtocols(_ head: ResponseHead, _ raw: UnsafeRawBufferPointer) -> Bool {
        guard parser.head.wantsUpgrade, state.requestDone else {
            fault(GatewayError(.upstreamProtocolError, .none, "unasked protocol switch", source: .upstream))
            return false
        }
        state.status = 101
        state.responseStarted = true
        phase = .tunnel
        noteUpstreamTime()
        deadlineNanos = SteadyTime.after(loop.settings.timeouts.tunnelNanos, from: loop.io.now)
        downstream?.beginTunnel(head, raw, of: self)
        return true
    }

    func received(head: ResponseHead, _ raw: UnsafeRawBufferPointer) {
        state.responseStarted = true
        state.status = head.status
        downstream?.begin(answer: head, raw, of: self)
    }

    @inline(__always)
    func received(body: UnsafeRawBufferPointer) {
        state.responseBytes += body.count
        downstream?.write(body: body)
    }

    /// The answer is complete; the leg has let go of the exchange already.
    func receivedEnd(trailer: [UInt8]) {
        noteUpstreamTime()
        countOutcome(state.status >= 500 ? .serverError : .success)
        leg = nil
        downstream?.endBody(trailer: trailer, of: self)
        finish()
    }

    /// More of the answer is to come. True when the client takes it.
    func mayReceiveMore() -> Bool {
        loop.io.batch.flush()
        let timeouts = loop.settings.timeouts
        guard downstream?.isAnswerWritable == true else {
            deadlineNanos = SteadyTime.after(timeouts.bodyNanos, from: loop.io.now)
            return false
        }
        if state.responseStarted {
            let nanos = phase == .tunnel ? timeouts.tunnelNanos : timeouts.responseNanos
            deadlineNanos = SteadyTime.after(nanos, from: loop.io.now)
        }
        return true
    }

    // MARK: - Ends

    /// The leg's connection ended; it has let go of the exchange already.
    func legClosed(_ leg: any UpstreamLeg, answerBegan: Bool) {
        self.leg = nil
        if phase == .tunnel { return endTunnel(.success) }
        countOutcome(.closed)
        if state.responseStarted { return breakOff(.upstreamProtocolError) }
        noteUpstreamTime()
        if isSafeToRepeat(on: leg), !answerBegan {
            state.retriedStale = true
            return dispatch(freshConnection: true)
        }
        refuse(GatewayError(.upstreamUnavailable, .none, "the cell closed the connection", source: .upstream))
    }

    /// A kept connection that the upstream closed at the same moment: repeat once, if repeating does no harm and the
    /// bytes of the request are still there (attack case 105).
    private func isSafeToRepeat(on leg: any UpstreamLeg) -> Bool {
        leg.isReused && !state.retriedStale && state.interimResponses == 0 && !state.bodyTouched
            && parser.head.method.isIdempotent
    }

    /// The upstream's answer is malformed.
    func fault(_ error: GatewayError) { fail(error, .protocolError) }

    /// Gives up the upstream; answers if nothing has been answered yet, else breaks the client's answer off.
    func fail(_ error: GatewayError, _ outcome: UpstreamOutcome) {
        noteUpstreamTime()
        countOutcome(outcome)
        let leg = leg
        self.leg = nil
        leg?.abandon()
        if state.responseStarted { return breakOff(error.code) }
        refuse(error)
    }

    func timedOut() {
        if phase == .connecting {
            if let leg { leg.abandon() } else { state.pool?.forgetWaiting(self) }
            leg = nil
            countOutcome(.connectError)
            return refuse(
                GatewayError(.upstreamUnavailable, .none, "the cell could not be reached in time", source: .upstream))
        }
        if state.responseStarted, downstream?.isAnswerWritable == false {
            let message: StaticString = "the client did not read its answer in time"
            return fail(GatewayError(.clientClosed, .none, message), .canceled)
        }
        if state.responseStarted || state.requestDone || leg?.isWritable == false {
            return fail(
                GatewayError(.upstreamTimeout, .none, "the cell did not answer in time", source: .upstream), .timeout)
        }
        fail(GatewayError(.requestTimeout, .bodyTimeout, "the request body did not arrive in time"), .canceled)
    }

    // MARK: - Tunnels

    /// Bytes of the client's, unseen.
    func take(tunnel bytes: UnsafeRawBufferPointer) {
        state.requestBytes += bytes.count
        leg?.write(body: bytes)
        deadlineNanos = SteadyTime.after(loop.settings.timeouts.tunnelNanos, from: loop.io.now)
    }

    /// Either side has ended.
    func endTunnel(_ outcome: UpstreamOutcome) {
        countOutcome(outcome)
        let leg = leg
        self.leg = nil
        leg?.abandon()
        finish()
    }
}
