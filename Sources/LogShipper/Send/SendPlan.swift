/// A request that may be sent now. Comes back with its answer.
struct Ticket {
    let unit: Unit
    let startedNanos: Int64
    /// The only request of a destination whose circuit is open.
    let isProbe: Bool
    /// A tenant's next try after a failure.
    let isRetry: Bool
    /// It got no answer for far longer than usual.
    fileprivate(set) var isHanging = false
    /// The destination has accepted it, and has yet to say whether it is stored.
    fileprivate(set) var isAccepted = false
}

/// Which unit goes to the destination next, and what follows from its answer: the tenants' queues, whose turn it is, how
/// many at a time, and whether any at all. Pure: the clock is an argument, the shell sends.
///
/// Requests count in one of three ways, each with a limit of its own, so that tenants in trouble take no place from the
/// others: those of tenants that work (`ConcurrencyLimit`), repeated tries (half as many), and those that hang.
struct SendPlan {
    /// How many requests that hang may be under way beside the others.
    private static let maxHangingRequests = 64

    private let policy: RetryPolicy
    private let maxInFlightPerTenant: Int
    private let weights: TenantWeights
    private(set) var limit: ConcurrencyLimit
    private(set) var breaker = CircuitBreaker()
    private(set) var queues: [TenantID: TenantQueue] = [:]
    private var scheduler: FairScheduler
    /// Failing tenants whose wait is over.
    private var retries = FIFO<TenantID>()
    private var wakes = WakeHeap()
    private var size = SizeLimit()
    private(set) var inFlightCount = 0
    private var retryingCount = 0
    private var hangingCount = 0

    /// - Parameter quantumBytes: what a tenant may send before it is the next one's turn.
    init(
        policy: RetryPolicy, concurrency: ClosedRange<Int>, quantumBytes: Int, maxInFlightPerTenant: Int = 1,
        weights: TenantWeights = TenantWeights()
    ) {
        self.policy = policy
        self.maxInFlightPerTenant = maxInFlightPerTenant
        self.weights = weights
        limit = ConcurrencyLimit(bounds: concurrency)
        scheduler = FairScheduler(quantumBytes: quantumBytes)
    }

    /// After how long without an answer a request hangs: far longer than usual, and never less than a second.
    var hangsAfterNanos: Int64 { max(1_000_000_000, min(limit.usualNanos, 2_000_000_000) * 4) }

    func isFailing(_ tenant: TenantID) -> Bool { queues[tenant]?.isFailing ?? false }

    mutating func enqueue(_ unit: Unit) {
        let tenant = unit.batch.tenant
        let isReady = queues[
            tenant,
            default: TenantQueue(
                maxInFlight: maxInFlightPerTenant, weight: weights.weight(of: unit.batch.tenantName))
        ].enqueue(unit)
        if isReady { line(up: tenant) }
    }

    /// The batches of a tenant, among some, of which nothing was sent.
    func unsent(_ tenant: TenantID, among batches: Set<UInt64>) -> Set<UInt64> {
        queues[tenant].map { batches.intersection($0.unsentBatches) } ?? []
    }

    mutating func remove(_ batches: Set<UInt64>, of tenant: TenantID) { queues[tenant]?.remove(batches) }

    /// Lines up the tenants whose wait is over.
    mutating func tick(nowNanos: Int64) {
        while let tenant = wakes.popDue(nowNanos: nowNanos) {
            if queues[tenant]?.tick(nowNanos: nowNanos) == true { line(up: tenant) }
        }
    }

    /// When there is something to do next, as far as it is a matter of time.
    func nextNanos(nowNanos: Int64) -> Int64? {
        let probe = breaker.probeNanos.flatMap { $0 > nowNanos ? $0 : nil }
        return [wakes.firstNanos, probe].compactMap(\.self).min()
    }

    /// What may be sent now, cut to `maxBytes` or a single line; nil where nothing may.
    mutating func startNext(nowNanos: Int64, maxBytes: Int = .max) -> Ticket? {
        switch breaker.state {
        case .probing: return nil
        case .open(let until):
            guard nowNanos >= until, let tenant = probeCandidate else { return nil }
            scheduler.take(tenant)
            guard let ticket = start(tenant, isProbe: true, nowNanos, maxBytes) else { return nil }
            breaker.probe()
            return ticket
        case .closed:
            while mayRetry, let tenant = retries.popFirst() {
                if let ticket = start(tenant, isProbe: false, nowNanos, maxBytes) { return ticket }
            }
            while isRoomy, let tenant = scheduler.next() {
                if let ticket = start(tenant, isProbe: false, nowNanos, maxBytes) { return ticket }
            }
            return nil
        }
    }

    /// Where many hang already, more tries would only be more that hang.
    private var mayRetry: Bool {
        retryingCount < max(1, limit.current / 2) && hangingCount < SendPlan.maxHangingRequests / 2
    }

    private var isRoomy: Bool { usedCount < limit.current }

    private var usedCount: Int { inFlightCount - retryingCount - min(hangingCount, SendPlan.maxHangingRequests) }

    /// Whose request costs least to lose: a tenant that was not refused yet, else the one that failed least, and among
    /// those the smallest request.
    private var probeCandidate: TenantID? {
        queues.lazy.filter { $0.value.phase == .ready }
            .map { (tenant: $0.key, attempt: $0.value.attempt, bytes: $0.value.first?.byteCount ?? 0) }
            .min { ($0.attempt, $0.bytes, $0.tenant) < ($1.attempt, $1.bytes, $1.tenant) }?.tenant
    }

    private mutating func start(_ tenant: TenantID, isProbe: Bool, _ nowNanos: Int64, _ maxBytes: Int) -> Ticket? {
        let isRetry = isFailing(tenant)
        let most = min(maxBytes, size.maxBytes(nowNanos: nowNanos))
        guard let unit = queues[tenant]?.start(maxBytes: most) else { return nil }
        inFlightCount += 1
        if isRetry { retryingCount += 1 }
        scheduler.charge(tenant, bytes: unit.byteCount)
        if queues[tenant]?.phase == .ready { line(up: tenant) }
        return Ticket(unit: unit, startedNanos: nowNanos, isProbe: isProbe, isRetry: isRetry)
    }

    /// A request got no answer for long. It no longer counts as one of those that the destination works at.
    mutating func noteHanging(_ ticket: inout Ticket) {
        guard !ticket.isHanging else { return }
        ticket.isHanging = true
        hangingCount += 1
        if ticket.isRetry { retryingCount -= 1 }
    }

    /// A request was accepted, and another answer will end it. It takes no place any more from others; its tenant's next
    /// requests are bounded by `maxInFlightPerTenant`.
    mutating func accepted(_ ticket: inout Ticket, nowNanos: Int64, random: inout some RandomNumberGenerator) {
        guard !ticket.isAccepted else { return }
        follow(leave(ticket, .delivered, nowNanos, &random), nowNanos)
        ticket.isAccepted = true
    }

    /// A request ended.
    mutating func finish(
        _ ticket: Ticket, _ verdict: Verdict, nowNanos: Int64, random: inout some RandomNumberGenerator
    ) -> TenantQueue.Effect {
        let circuit = ticket.isAccepted ? nil : leave(ticket, verdict, nowNanos, &random)
        let moment = self.moment(nowNanos)
        let effect = change(ticket.unit.batch.tenant) { queue in
            queue.finish(verdict, of: ticket.unit, at: moment, random: &random)
        }
        follow(circuit, nowNanos)
        return effect
    }

    /// A request is under way no more: what that says about the destination.
    private mutating func leave(
        _ ticket: Ticket, _ verdict: Verdict, _ nowNanos: Int64, _ random: inout some RandomNumberGenerator
    ) -> CircuitBreaker.Change? {
        noteLimit(ticket, verdict, nowNanos)
        inFlightCount -= 1
        if ticket.isHanging { hangingCount -= 1 } else if ticket.isRetry { retryingCount -= 1 }
        let circuit = noteBreaker(ticket, verdict, nowNanos, &random)
        if case .rejected(status: 413, _) = verdict, ticket.unit.lineCount > 1 {
            size.refused(ticket.unit.byteCount, nowNanos: nowNanos)
        }
        return circuit
    }

    private mutating func follow(_ circuit: CircuitBreaker.Change?, _ nowNanos: Int64) {
        switch circuit {
        case .opened:
            limit.restart(nowNanos: nowNanos)
            retries = FIFO()
        case .closed: release()
        case nil: break
        }
    }

    /// The dead letters of a tenant's unit are written, or could not be.
    mutating func buried(
        _ batch: Batch, isWritten: Bool, nowNanos: Int64, random: inout some RandomNumberGenerator
    ) -> TenantQueue.Effect {
        let moment = self.moment(nowNanos)
        return change(batch.tenant) { queue in
            queue.buried(batch.id, isWritten: isWritten, at: moment, random: &random)
        }
    }

    private func moment(_ nowNanos: Int64) -> TenantQueue.Moment {
        TenantQueue.Moment(nowNanos: nowNanos, policy: policy, isHeld: !breaker.isClosed)
    }

    private mutating func noteBreaker(
        _ ticket: Ticket, _ verdict: Verdict, _ nowNanos: Int64, _ random: inout some RandomNumberGenerator
    ) -> CircuitBreaker.Change? {
        // A probe that said nothing must not leave the circuit waiting for it.
        guard let sign = verdict.sign ?? (ticket.isProbe ? .failing : nil) else { return nil }
        var after: Int64?
        if case .retry(_, let asked) = verdict { after = asked }
        return breaker.note(sign, of: ticket.unit.batch.tenant, isProbe: ticket.isProbe, nowNanos: nowNanos) {
            attempt in
            policy.delayNanos(attempt: attempt, retryAfterNanos: after, random: &random)
        }
    }

    /// A failing tenant's tries say nothing about how much the destination can take.
    private mutating func noteLimit(_ ticket: Ticket, _ verdict: Verdict, _ nowNanos: Int64) {
        guard !ticket.isRetry, !ticket.isProbe else { return }
        func overloaded(_ overload: ConcurrencyLimit.Overload) {
            limit.overloaded(overload, startedNanos: ticket.startedNanos, nowNanos: nowNanos)
        }
        switch verdict {
        case .delivered, .partial, .rejected, .badLine:
            limit.answered(startedNanos: ticket.startedNanos, nowNanos: nowNanos, isUsedUp: !isRoomy)
        case .lines(let fates):
            if fates.contains(.retry) { return overloaded(.mild) }
            limit.answered(startedNanos: ticket.startedNanos, nowNanos: nowNanos, isUsedUp: !isRoomy)
        case .retry(.throttled, _): overloaded(.mild)
        case .retry(.timeout, _), .retry(.serverError, _): overloaded(.severe)
        case .retry: break
        }
    }

    private mutating func change(
        _ tenant: TenantID, _ body: (inout TenantQueue) -> TenantQueue.Effect
    ) -> TenantQueue.Effect {
        guard var queue = queues.removeValue(forKey: tenant) else { return .none }
        let (before, wasFailing) = (queue.phase, queue.isFailing)
        let effect = body(&queue)
        // An empty queue is not kept: memory follows the tenants that have something to send.
        if queue.phase != .idle { queues[tenant] = queue }
        guard queue.phase != before || wasFailing != queue.isFailing else { return effect }
        switch queue.phase {
        case .idle: scheduler.rest(tenant)
        case .ready: line(up: tenant)
        case .waiting(let until):
            scheduler.rest(tenant)
            if queue.phase != before { wakes.add(tenant, atNanos: until) }
        case .busy: break
        }
        return effect
    }

    private mutating func line(up tenant: TenantID) {
        if !isFailing(tenant) {
            scheduler.enter(tenant, weight: queues[tenant]?.weight ?? 1)
        } else if breaker.isClosed {
            retries.append(tenant)
        }
    }

    /// The destination works again: whoever waits for that need not wait any longer.
    private mutating func release() {
        for tenant in queues.keys {
            let isReleased = queues[tenant]?.release() == true
            guard let queue = queues[tenant], queue.phase == .ready, isReleased || queue.isFailing else { continue }
            line(up: tenant)
        }
    }
}
