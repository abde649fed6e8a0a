import GatewayMetrics

/// One attempt after the other: which upstream, how it ended, whether another follows.
extension Exchange {
    /// Sends the request to the cell's next upstream. Afterwards the exchange may be over.
    func dispatch(freshConnection: Bool = false, excluding excluded: Int? = nil) {
        guard let cell = state.cell else { return }
        let now = loop.io.now
        state.attempts += 1
        state.upstreamStartNanos = now
        state.attemptStartNanos = now
        state.tryStartNanos = now
        state.headLatencyNanos = nil
        if !cause.isEmpty { cause = "" }
        let isRepeatable = parser.head.method.isIdempotent && state.requestDone
        let picked = cell.pick(
            tenantHash: state.tenantHash, mayProbe: !isHedge, isRepeatable: isRepeatable, excluding: excluded, now: now,
            random: &loop.random)
        guard let picked else {
            state.askedNobody = true
            return refuse(
                GatewayError(.upstreamUnavailable, .none, "no server of the cell is healthy", source: .upstream))
        }
        begin(picked.index, isProbe: picked.isProbe, freshConnection: freshConnection, cell)
    }

    private func begin(_ index: Int, isProbe: Bool, freshConnection: Bool, _ cell: LoopCell) {
        state.upstreamIndex = index
        state.isProbe = isProbe
        let pool = cell.pools[index]
        state.pool = pool
        if !freshConnection, let leg = pool.takeIdle(for: self) { return attach(leg) }
        phase = .connecting
        arm(headNanos)
        guard pool.connect(for: self) else {
            return refuse(
                GatewayError(.overloaded, .overloaded, "too many requests to the cell at once", source: .internal))
        }
    }

    /// An upstream is there.
    func attach(_ leg: any UpstreamLeg) {
        self.leg = leg
        phase = .streaming
        leg.writeHead(of: self)
        arm(state.requestDone ? headNanos : loop.settings.timeouts.bodyNanos)
        if !state.requestDone { downstream?.resumeBody() }
        if state.cell?.isHedged == true { awaitHedge() }
    }

    // MARK: - Time

    /// The deadline is so far ahead, but never beyond that of the whole exchange.
    func arm(_ nanos: Int64) {
        deadlineNanos = min(SteadyTime.after(nanos, from: loop.io.now), state.totalDeadlineNanos)
    }

    /// Until the answer begins.
    var headNanos: Int64 {
        let deadlines = state.cell?.deadlines
        let head = positive(deadlines?.headNanos) ?? loop.settings.timeouts.responseNanos
        guard let perTry = positive(deadlines?.perTryNanos) else { return head }
        return min(head, max(1, SteadyTime.after(perTry, from: state.tryStartNanos) - loop.io.now))
    }

    /// Between two pieces of the answer.
    var idleNanos: Int64 {
        positive(state.cell?.deadlines.idleNanos) ?? loop.settings.timeouts.responseNanos
    }

    private func positive(_ nanos: Int64?) -> Int64? { nanos.flatMap { $0 > 0 ? $0 : nil } }

    // MARK: - Ends of attempts

    /// The attempt is over; only the first call after its beginning counts.
    func endAttempt(_ result: AttemptResult) {
        let index = state.upstreamIndex
        guard index >= 0, let cell = state.cell else { return }
        state.upstreamIndex = -1
        let now = loop.io.now
        let failed = result != .success && result != .cancelled
        let isTelling = result != .cancelled || state.isOvertaken
        let latency = isTelling ? state.headLatencyNanos ?? now - state.attemptStartNanos : nil
        cell.end(index, latencyNanos: latency, failed: failed, now: now)
        let change = cell.outliers.note(index, result, isProbe: state.isProbe, now: now)
        state.lastUpstreamIndex = index
        if let change { loop.noteEjection(cell, change, reason: cause.isEmpty ? "\(result.text)" : cause) }
    }

    /// Counts how the attempt ended, for the metrics and for the policies.
    func countOutcome(_ outcome: UpstreamOutcome) {
        guard state.upstreamIndex >= 0 else { return }
        if let shard = loop.shard, let pool = state.pool { pool.meters.count(outcome, on: shard) }
        switch outcome {
        case .success: endAttempt(.success)
        // A 500 may be the fault of one tenant's request, and must not have the upstream ejected for all.
        case .serverError: endAttempt((502...504).contains(state.status) ? .serverError : .success)
        case .connectError: endAttempt(.connectFailure)
        case .closed: endAttempt(.broken)
        case .stale, .canceled: endAttempt(.cancelled)
        case .protocolError, .timeout: endAttempt(.broken)
        }
    }

    /// True when another attempt follows, or has begun already; then the exchange may be over. The attempt's outcome has
    /// been counted.
    func retries(_ failure: AttemptFailure) -> Bool {
        if isHedge { return false }
        if isReplacedByHedge() { return true }
        guard let cell = state.cell else { return false }
        let failed = state.lastUpstreamIndex
        let attempt = FailedAttempt(
            failure: failure, attempts: state.attempts, isIdempotent: parser.head.method.isIdempotent,
            lostBodyBytes: state.bodyTouched ? max(1, state.requestBytes) : 0,
            responseStarted: state.responseStarted || state.interimResponses > 0,
            hadStaleConnection: state.hadStaleConnection, hadRefusedStream: state.hadRefusedStream,
            hasOtherUpstream: cell.hasOther(than: failed),
            remainingNanos: state.totalDeadlineNanos == .max ? .max : state.totalDeadlineNanos - loop.io.now)
        guard case .retry(let pause, let target, let isFree) = cell.retryPolicy.decide(attempt, random: &loop.random)
        else { return false }
        if failure == .staleConnection { state.hadStaleConnection = true }
        if failure == .refusedStream { state.hadRefusedStream = true }
        guard isFree || cell.retries.takeRetry(now: loop.io.now) else {
            if let shard = loop.shard { cell.meters.retryOverBudget.increment(on: shard) }
            return false
        }
        state.retried = true
        let excluded = target == .otherUpstream ? failed : nil
        guard pause > 0 else {
            dispatch(freshConnection: failure == .staleConnection, excluding: excluded)
            return true
        }
        pauseBeforeRetry(pause, excluded)
        return true
    }

    private func pauseBeforeRetry(_ nanos: Int64, _ excluded: Int?) {
        phase = .pausing
        deadlineNanos = state.totalDeadlineNanos
        let confined = LoopConfined(self, loop.io)
        let generation = generation
        loop.io.schedule(afterNanos: nanos) {
            let exchange = confined.value
            guard exchange.generation == generation, exchange.phase == .pausing else { return }
            exchange.dispatch(excluding: excluded)
        }
    }
}
