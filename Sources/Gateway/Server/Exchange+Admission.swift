import StructuredLog

/// Who may go on: rates, requests in flight, fairness, the cell's circuit and its places.
extension Exchange {
    /// The tenant's and the address's limits, before anything is known of the cell.
    func tenantLimitError() -> GatewayError? {
        let quotas = loop.quotas
        let now = loop.io.now
        state.tenantHash = tenantHash(quotas)
        if let error = overloadError(now) { return error }
        if let rule = quotas.addressRule, state.tenantSource != .token {
            let decision = quotas.rates.decide(addressHash(quotas), rule, now: now)
            if let error = rateError(decision, "too many requests from the client's address") { return error }
        }
        guard state.tenant != nil else { return nil }
        if let rule = quotas.tenantRule {
            let decision = quotas.rates.decide(state.tenantHash, rule, now: now)
            if let error = rateError(decision, "too many requests of the tenant") { return error }
        }
        if quotas.tenantInFlight > 0 {
            guard let place = quotas.inFlight.acquire(state.tenantHash, limit: quotas.tenantInFlight) else {
                return GatewayError(.rateLimited, .tenantInFlight, "too many requests of the tenant at once")
            }
            state.tenantPlace = place
        }
        return nil
    }

    /// The cell's own limits.
    func cellLimitError(_ cell: LoopCell) -> GatewayError? {
        let quotas = loop.quotas
        let now = loop.io.now
        if let rule = cell.tenantRate, let tenant = state.tenant {
            let key = quotas.keys.tenant(headBytes.part(tenant.lower, tenant.upper).bytes.span, rule: cell.ruleKey)
            let decision = quotas.rates.decide(key, rule, now: now)
            if let error = rateError(decision, "too many requests of the tenant to the cell") { return error }
        }
        if let rule = cell.rate {
            let key = quotas.keys.address(high: cell.hash, low: cell.hash, rule: cell.ruleKey)
            let decision = quotas.rates.decide(key, rule, now: now)
            if let error = rateError(decision, "too many requests to the cell") { return error }
        }
        return nil
    }

    private func rateError(_ decision: RateDecision, _ message: StaticString) -> GatewayError? {
        state.rate = state.rate.map { $0.stricter(decision) } ?? decision
        guard !decision.isAllowed else { return nil }
        state.retryAfterSeconds = decision.retryAfterSeconds
        return GatewayError(.rateLimited, .rateLimited, message)
    }

    /// When the event loop has too much to do, tenants above their fair share are refused first.
    private func overloadError(_ now: Int64) -> GatewayError? {
        guard !loop.admits(state.tenantHash, now: now) else { return nil }
        return GatewayError(.overloaded, .overloaded, "the gateway is at its limit", source: .internal)
    }

    private func tenantHash(_ quotas: Quotas) -> UInt64 {
        guard let tenant = state.tenant else { return addressHash(quotas) }
        return quotas.keys.tenant(headBytes.part(tenant.lower, tenant.upper).bytes.span)
    }

    private func addressHash(_ quotas: Quotas) -> UInt64 {
        guard let peer else { return 0 }
        guard peer.isTrusted else { return quotas.keys.address(high: peer.high, low: peer.low) }
        let found = ClientAddress.find(
            headBytes.bytes.span, parser.head.fields, trusted: loop.settings.trustedProxies)
        guard let found else { return quotas.keys.address(high: peer.high, low: peer.low) }
        let text = String(decoding: headBytes.part(found.lower, found.upper), as: UTF8.self)
        let words = ClientPeer.words(AddressRange.parse(text) ?? [])
        return quotas.keys.address(high: words.high, low: words.low)
    }

    // MARK: - The cell's circuit and its places

    /// Goes on to an upstream, now or when there is a place. Afterwards the exchange may be over.
    func enter(_ cell: LoopCell) {
        let now = loop.io.now
        if let circuit = cell.circuit {
            switch circuit.admit(now: now) {
            case .refuse(let wait):
                state.retryAfterSeconds = Int(clamping: max(1, (wait + 999_999_999) / 1_000_000_000))
                return refuse(
                    GatewayError(
                        .circuitOpen, .circuitOpen, "the cell is failing and not being tried", source: .upstream))
            case .allow(let permit): state.permit = permit
            case .opened, .closed, .none: break
            }
        }
        cell.retries.noteRequest(now: now)
        cell.hedges?.noteRequest(now: now)
        guard let concurrency = cell.concurrency else { return dispatch() }
        if concurrency.begin() {
            state.holdsPlace = true
            return dispatch()
        }
        wait(at: cell, now)
    }

    private func wait(at cell: LoopCell, _ now: Int64) {
        phase = .queued
        switch cell.offer(self, tenant: state.tenantHash, now: now) {
        case .queued(let ticket): state.ticket = ticket
        case .displaced(let ticket, let other):
            state.ticket = ticket
            other.displaced()
        case .refused: displaced()
        }
    }

    /// There is a place now.
    func admitted() {
        state.ticket = nil
        state.holdsPlace = true
        dispatch()
    }

    func waitedTooLong() {
        state.ticket = nil
        refuse(
            GatewayError(.overloaded, .queueTimeout, "the cell has no place for the request", source: .internal))
    }

    private func displaced() {
        state.ticket = nil
        refuse(
            GatewayError(.overloaded, .queueFull, "too many requests wait for the cell", source: .internal))
    }

    /// Gives back whatever the request holds; once, when it is over.
    func giveBack(status: Int) {
        let now = loop.io.now
        if let place = state.tenantPlace {
            loop.quotas.inFlight.release(place)
            state.tenantPlace = nil
        }
        guard let cell = state.cell else { return }
        if let ticket = state.ticket {
            cell.leave(ticket, now: now)
            state.ticket = nil
        }
        endAttempt(.cancelled)
        if let permit = state.permit {
            state.permit = nil
            loop.noteCircuit(cell, cell.circuit?.on(verdict(status, permit), now: now) ?? .none)
        }
        if state.holdsPlace {
            state.holdsPlace = false
            let latency = state.answered ? state.upstreamNanos : nil
            cell.concurrency?.end(latencyNanos: latency, isDropped: status == 504, now: now)
            loop.mustAdmit(cell)
        }
    }

    /// What the request says of the cell.
    private func verdict(_ status: Int, _ permit: CircuitBreaker.Permit) -> CircuitBreaker.Event {
        guard state.attempts > 0, status != ErrorCode.clientClosed.status else { return .cancelled(permit) }
        switch status {
        case 502, 503, 504: return .failure(permit)
        case 400..<500 where !state.responseStarted: return .cancelled(permit)
        default: return .success(permit)
        }
    }
}
