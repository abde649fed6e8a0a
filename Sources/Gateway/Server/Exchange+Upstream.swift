/// What the upstream reports: its connection, its answer, its end.
extension Exchange {
    /// Interim answers are passed on or dropped; beyond this many the upstream is not sane (attack case 100).
    private static let interimLimit = 16

    // MARK: - Connecting

    /// Nothing was sent, so another upstream may be tried.
    func connectFailed(_ pool: UpstreamPool, _ cause: String) {
        self.cause = cause
        countOutcome(.connectError)
        noteUpstreamTime()
        if retries(.connectRefused) { return }
        refuse(
            GatewayError(.upstreamUnavailable, .none, "no server of the cell could be reached", source: .upstream))
    }

    // MARK: - The answer

    /// A head of 100 to 199. False when the exchange is over, or the answer not worth more.
    func received(interim head: borrowing ResponseHead, _ raw: UnsafeRawBufferPointer) -> Bool {
        state.interimResponses += 1
        if head.status == 101 { return switchProtocols(head, raw) }
        guard state.interimResponses <= Self.interimLimit else {
            fault(GatewayError(.upstreamProtocolError, .none, "too many interim answers", source: .upstream))
            return false
        }
        // Nobody has been promised anything by a hedge.
        guard parser.head.version == .http11, !isHedge else { return true }
        if head.status == 103 || head.status == 100 && parser.head.expectsContinue {
            downstream?.pass(interim: head, raw, of: self)
        }
        return true
    }

    /// A switch of protocols is only taken from an upstream that was asked for it (attack case 101).
    private func switchProtocols(_ head: borrowing ResponseHead, _ raw: UnsafeRawBufferPointer) -> Bool {
        guard parser.head.wantsUpgrade, state.requestDone else {
            fault(GatewayError(.upstreamProtocolError, .none, "unasked protocol switch", source: .upstream))
            return false
        }
        state.status = 101
        state.responseStarted = true
        phase = .tunnel
        loop.deadlines.change(self, isPrompt: false)
        state.totalDeadlineNanos = .max
        noteUpstreamTime()
        deadlineNanos = SteadyTime.after(loop.settings.timeouts.tunnelNanos, from: loop.io.now)
        downstream?.beginTunnel(head, raw, of: self)
        return true
    }

    /// False when another attempt takes its place, and nothing more of this one is wanted.
    func received(head: borrowing ResponseHead, _ raw: UnsafeRawBufferPointer) -> Bool {
        state.headLatencyNanos = loop.io.now - state.attemptStartNanos
        if state.cell?.isHedged == true, !isHedgeSettled(ofAnswer: head.status) { return false }
        if (502...504).contains(head.status), repeatsInPlace(ofAnswer: head.status) { return false }
        state.responseStarted = true
        state.status = head.status
        downstream?.begin(answer: head, raw, of: self)
        return true
    }

    /// An answer that says that the upstream cannot do it may be replaced by another's.
    private func repeatsInPlace(ofAnswer status: Int) -> Bool {
        guard let cell = state.cell, cell.retryPolicy.settings.conditions.contains(.gatewayError) else { return false }
        let index = state.upstreamIndex
        guard index >= 0, cell.hasOther(than: index) else { return false }
        state.status = status
        let leg = leg
        let spent = state.upstreamStartNanos
        noteUpstreamTime()
        countOutcome(.serverError)
        self.leg = nil
        if retries(.gatewayError) {
            leg?.abandon()
            return true
        }
        // The answer is passed on after all, so the attempt goes on for the log's times.
        self.leg = leg
        state.upstreamStartNanos = spent > 0 ? loop.io.now : 0
        return false
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
        state.answered = true
        leg = nil
        downstream?.endBody(trailer: trailer, of: self)
        finish()
    }

    /// More of the answer is to come. True when the client takes it.
    func mayReceiveMore() -> Bool {
        loop.io.batch.flush()
        let timeouts = loop.settings.timeouts
        guard downstream?.isAnswerWritable == true else {
            arm(timeouts.bodyNanos)
            return false
        }
        if state.responseStarted { arm(phase == .tunnel ? timeouts.tunnelNanos : idleNanos) }
        return true
    }

    // MARK: - Ends

    /// The leg's connection ended; it has let go of the exchange already.
    func legClosed(_ leg: any UpstreamLeg, answerBegan: Bool) {
        self.leg = nil
        if phase == .tunnel { return endTunnel(.success) }
        let isStale = leg.isReused && !answerBegan && !state.responseStarted && !state.hadStaleConnection
        countOutcome(isStale ? .stale : .closed)
        if state.responseStarted {
            return breakOff(.upstreamProtocolError, "the cell closed the connection within its answer")
        }
        noteUpstreamTime()
        if isReplacedByHedge() { return }
        if !answerBegan, retries(isStale ? .staleConnection : .reset) { return }
        refuse(GatewayError(.upstreamUnavailable, .none, "the cell closed the connection", source: .upstream))
    }

    /// The upstream has not begun with the request (RFC 9113, section 8.7).
    func legRefused(_ leg: any UpstreamLeg) {
        self.leg = nil
        countOutcome(.closed)
        if state.responseStarted {
            return breakOff(.upstreamProtocolError, "the cell refused the request after its answer's head")
        }
        noteUpstreamTime()
        state.bodyTouched = state.bodyTouched && state.requestBytes > 0
        if retries(.refusedStream) { return }
        refuse(GatewayError(.upstreamUnavailable, .none, "the cell refused the request", source: .upstream))
    }

    /// The upstream's answer is malformed.
    func fault(_ error: GatewayError) { fail(error, .protocolError) }

    /// Gives up the upstream; answers if nothing has been answered yet, else breaks the client's answer off.
    func fail(_ error: GatewayError, _ outcome: UpstreamOutcome) {
        if isHedge { return endHedge(outcome) }
        noteUpstreamTime()
        countOutcome(outcome)
        let leg = leg
        self.leg = nil
        leg?.abandon()
        if state.responseStarted { return breakOff(error.code, error.message) }
        if outcome != .canceled, isReplacedByHedge() { return }
        refuse(error)
    }

    func timedOut() {
        if isHedge { return endHedge(.timeout) }
        if phase == .pausing {
            cause = lateness
            return refuse(
                GatewayError(.upstreamTimeout, .none, "the cell did not answer in time", source: .upstream))
        }
        if phase == .connecting {
            if let leg { leg.abandon() } else { state.pool?.forgetWaiting(self) }
            leg = nil
            cause = state.pool?.state.addresses == nil ? "its name has not been found yet" : "not connected in time"
            countOutcome(.connectError)
            return refuse(
                GatewayError(.upstreamUnavailable, .none, "the cell could not be reached in time", source: .upstream))
        }
        if state.responseStarted, downstream?.isAnswerWritable == false {
            let message: StaticString = "the client did not read its answer in time"
            return fail(GatewayError(.clientClosed, .none, message), .canceled)
        }
        if state.responseStarted || state.requestDone || leg?.isWritable == false {
            if tryTimedOut() { return }
            cause = lateness
            return fail(
                GatewayError(.upstreamTimeout, .none, "the cell did not answer in time", source: .upstream), .timeout)
        }
        fail(GatewayError(.requestTimeout, .bodyTimeout, "the request body did not arrive in time"), .canceled)
    }

    /// Which limit it was, for the log.
    private var lateness: String {
        let now = SteadyTime.nanos()
        if now >= state.totalDeadlineNanos { return "timeouts.total has passed" }
        if state.responseStarted { return "nothing more came for as long as timeouts.idle or timeouts.response" }
        if !state.requestDone { return "it took nothing of the body for as long as timeouts.body" }
        let perTry = state.cell?.deadlines.perTryNanos ?? 0
        let isTry = perTry > 0 && now >= SteadyTime.after(perTry, from: state.tryStartNanos)
        return isTry ? "timeouts.try has passed" : "timeouts.response has passed"
    }

    /// The limit of one try has passed, not that of the whole exchange, and another try follows.
    private func tryTimedOut() -> Bool {
        guard !state.responseStarted, loop.io.now < state.totalDeadlineNanos,
            (state.cell?.deadlines.perTryNanos ?? 0) > 0
        else { return false }
        noteUpstreamTime()
        let leg = leg
        countOutcome(.timeout)
        self.leg = nil
        leg?.abandon()
        if retries(.perTryTimeout) { return true }
        cause = lateness
        refuse(
            GatewayError(.upstreamTimeout, .none, "the cell did not answer in time", source: .upstream))
        return true
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
