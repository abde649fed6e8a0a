import GatewayMetrics

/// Asking a second upstream while the first is unusually slow: the earlier answer is the client's.
///
/// A hedge is an exchange of its own beside the client's, with the same head and an attempt of its own, of which the client
/// knows nothing. If its answer begins first, or the other's attempt fails, it takes the other's place.
extension Exchange {
    /// Timers outlive their requests, so there are no more of a cell's than this.
    private static let hedgesInWait = 10_000

    // MARK: - The client's exchange

    /// Has a hedge begin when the attempt takes longer than the cell's answers do. A probe is to find out by itself.
    func awaitHedge() {
        guard let cell = state.cell, !isHedge, !state.isProbe, state.attempts == 1, state.requestDone,
            !parser.head.wantsUpgrade
        else { return }
        let delay = cell.hedging?.delayNanos(
            isIdempotent: parser.head.method.isIdempotent, hasBody: parser.head.hasBody,
            hasOtherUpstream: cell.hasOther(than: state.upstreamIndex))
        guard let delay, cell.hedgesInWait < Self.hedgesInWait else { return }
        cell.hedgesInWait += 1
        let confined = LoopConfined((self, generation, cell), loop.io)
        loop.io.schedule(afterNanos: delay) {
            let (exchange, generation, cell) = confined.value
            cell.hedgesInWait -= 1
            if exchange.generation == generation { exchange.beginHedge() }
        }
    }

    private func beginHedge() {
        guard phase == .streaming, !state.responseStarted, state.interimResponses == 0, twin == nil,
            state.attempts == 1, let cell = state.cell, cell.hasOther(than: state.upstreamIndex)
        else { return }
        guard cell.hedges?.takeRetry(now: loop.io.now) == true else { return count(\.overBudget) }
        let hedge = loop.takeExchange()
        twin = hedge
        hedge.begin(beside: self)
    }

    /// The client needs no second answer any more.
    func dropHedge() {
        guard let hedge = twin, hedge.isHedge else { return }
        hedge.endHedge(.canceled)
    }

    /// True when a hedge goes on in the place of the exchange, whose attempt has failed and which is over now.
    func isReplacedByHedge() -> Bool {
        guard let hedge = twin, hedge.isHedge, !state.responseStarted else { return false }
        hedge.takeOver()
        return true
    }

    // MARK: - Both

    /// Which of the two the client gets, now that one's answer begins. False when it is the other one, and this one is
    /// over: a server that says that it cannot do it has not won.
    func isHedgeSettled(ofAnswer status: Int) -> Bool {
        if twin != nil, (502...504).contains(status) {
            state.status = status
            countOutcome(.serverError)
            if isHedge { endHedge(.serverError) } else { _ = isReplacedByHedge() }
            return false
        }
        if status < 500, parser.head.method.isIdempotent, !parser.head.hasBody {
            // Of a first one that was overtaken at least so much is known.
            let start = (isHedge ? twin : nil)?.state.attemptStartNanos ?? state.attemptStartNanos
            state.cell?.hedging?.observe(loop.io.now - start)
        }
        if isHedge { takeOver() } else { dropHedge() }
        return true
    }

    // MARK: - The hedge

    private func begin(beside other: Exchange) {
        isHedge = true
        twin = other
        if let downstream = other.downstream { open(for: downstream, now: other.state.startNanos) }
        adopt(head: other.headBytes)
        parser.head = other.parser.head.copy()
        identity.adopt(other.identity)
        state.totalDeadlineNanos = other.state.totalDeadlineNanos
        state.cell = other.state.cell
        state.tenant = other.state.tenant
        state.tenantSource = other.state.tenantSource
        state.tenantHash = other.state.tenantHash
        state.requestDone = true
        dispatch(excluding: other.state.upstreamIndex)
    }

    /// The hedge's attempt is over without an answer, or nobody needs it.
    func endHedge(_ outcome: UpstreamOutcome) {
        twin?.twin = nil
        count(\.lost)
        giveUpAttempt(outcome)
        discard()
    }

    /// The hedge is the client's exchange from now on, and the other is over.
    func takeOver() {
        guard isHedge, let other = twin else { return }
        isHedge = false
        twin = nil
        other.twin = nil
        count(\.won)
        // How slow it would have been can only be said from below.
        other.state.isOvertaken = true
        other.giveUpAttempt(.canceled)
        var merged = other.state
        merged.takeAttempt(of: state, now: loop.io.now)
        merged.attempts += 1
        merged.isOvertaken = false
        state = merged
        other.downstream?.replace(other, with: self)
        other.discard()
    }

    private func count(_ result: KeyPath<HedgeMeters, Counter>) {
        guard let shard = loop.shard, let meters = state.cell?.meters.hedges else { return }
        meters[keyPath: result].increment(on: shard)
    }

    private func giveUpAttempt(_ outcome: UpstreamOutcome) {
        countOutcome(outcome)
        let leg = leg
        self.leg = nil
        if let leg { leg.abandon() } else { state.pool?.forgetWaiting(self) }
    }

    /// Back to the loop, without a trace.
    private func discard() {
        state = ExchangeState()
        loop.put(back: self)
    }
}

extension ExchangeState {
    /// What belongs to the attempt that runs. The time at upstreams goes on from where the first one's has been counted.
    fileprivate mutating func takeAttempt(of other: ExchangeState, now: Int64) {
        pool = other.pool
        upstreamIndex = other.upstreamIndex
        lastUpstreamIndex = other.lastUpstreamIndex
        isProbe = other.isProbe
        attemptStartNanos = other.attemptStartNanos
        tryStartNanos = other.tryStartNanos
        headLatencyNanos = other.headLatencyNanos
        if upstreamStartNanos == 0 { upstreamStartNanos = now }
    }
}
