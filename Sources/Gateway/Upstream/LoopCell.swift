import GatewayMetrics

/// A cell on one event loop: its pools, its balancer, its queue, its metric children. What each request needs stands
/// first.
final class LoopCell {
    let meters: CellMeters
    let pools: [UpstreamPool]
    let name: HeldBytes
    /// Bytes of the path that are not forwarded: `/api/v1/<cell>`, or nothing.
    let stripPrefix: Int
    /// The largest body of a request; nil: what all cells have.
    let bodyLimit: Int?
    let allowsWebSocket: Bool
    /// Whether there is ``hedging``, at the cost of a byte: it is asked twice for each request.
    let isHedged: Bool
    let deadlines: DeadlineSettings
    /// What all loops share about the cell; see ``CellShare``.
    let outliers: OutlierDetector
    let retries: RetryBudget
    let hedges: RetryBudget?
    let circuit: SharedCircuit?
    let concurrency: SharedConcurrency?
    private var balancer: Balancer
    let rate: RateRule?
    let tenantRate: RateRule?
    private static let hotBytes = 384
    let state: CellState
    let hash: UInt64
    /// Tells this cell's limits from others' in the tables.
    let ruleKey: UInt32
    let retryPolicy: RetryPolicy
    var hedging: HedgePolicy?
    /// Timers of hedges that may begin.
    var hedgesInWait = 0
    /// Nil without a limit of requests in flight.
    private(set) var queue: AdmissionQueue<Exchange>?

    init(_ state: CellState, pools: [UpstreamPool], meters: CellMeters, loop: Int) {
        let definition = state.definition
        self.state = state
        self.pools = pools
        self.meters = meters
        bodyLimit = definition.bodyBytes
        name = HeldBytes(Array(definition.name.utf8))
        hash = ByteHash.hash(Array(definition.name.utf8))
        ruleKey = UInt32(truncatingIfNeeded: hash) | 1
        stripPrefix = definition.stripPrefix ? "/api/v1/".utf8.count + name.count : 0
        deadlines = definition.policy.deadlines
        allowsWebSocket = definition.allowsWebSocket
        outliers = state.share.outliers
        retries = state.share.retries
        hedges = state.share.hedges
        circuit = state.share.circuit
        concurrency = state.share.concurrency
        retryPolicy = RetryPolicy(definition.policy.retries)
        rate = definition.limits.rate.map { RateRule($0) }
        tenantRate = definition.limits.tenantRate.map { RateRule($0) }
        let views = state.upstreams.map {
            UpstreamView(hash: ByteHash.hash(Array($0.label.utf8)), weight: $0.address.weight)
        }
        balancer = Balancer(views, definition.policy.balancing, loop: loop)
        isHedged = definition.policy.hedging.isEnabled
        if isHedged { hedging = HedgePolicy(definition.policy.hedging) }
        if definition.policy.concurrency != nil { queue = AdmissionQueue(definition.policy.queue) }
    }

    /// What a request to it touches, what is needed first at the beginning.
    func parts(on shard: Shard) -> PrefetchList {
        var parts = PrefetchList()
        parts.add(self, bytes: Self.hotBytes)
        parts.add(meters)
        meters.inFlight.forEachLine(on: shard) { parts.add(line: $0) }
        circuit?.list(&parts)
        retries.list(&parts)
        parts.add(concurrency)
        outliers.list(&parts)
        parts.add(balancer.upstreams, count: 2)
        parts.add(pools, count: 4)
        for pool in pools.prefix(2) { pool.list(&parts, on: shard) }
        meters.overhead.forEachLine(on: shard) { parts.add(line: $0) }
        parts.add(name.bytes, atMost: 64)
        return parts
    }

    var share: CellShare { state.share }

    // MARK: - Balancing

    /// The upstream for an attempt: one that is due to be probed, if this may be a probe, else as the balancer says; nil
    /// when none is usable.
    func pick(
        tenantHash: UInt64, mayProbe: Bool, isRepeatable: Bool, excluding: Int?, now: Int64, random: inout FastRandom
    ) -> (index: Int, isProbe: Bool)? {
        if mayProbe, let index = outliers.claimProbe(isRepeatable: isRepeatable, now: now), index < pools.count {
            balancer.begin(index)
            return (index, true)
        }
        for index in pools.indices {
            let isUsable = outliers.isAdmitted(index) && pools[index].state.isUsable
            balancer.setUsable(index, isUsable, now: now)
        }
        let picked = balancer.pick(tenantHash: tenantHash, excluding: excluding, now: now, random: &random)
        guard let index = picked else { return nil }
        balancer.begin(index)
        return (index, false)
    }

    /// Another upstream than this one could take a request.
    func hasOther(than index: Int) -> Bool {
        pools.indices.contains { $0 != index && outliers.isAdmitted($0) && pools[$0].state.isUsable }
    }

    func end(_ index: Int, latencyNanos: Int64?, failed: Bool, now: Int64) {
        balancer.end(index, latencyNanos: latencyNanos, failed: failed, now: now)
    }

    // MARK: - Waiting for a place

    func offer(_ exchange: Exchange, tenant: UInt64, now: Int64) -> AdmissionQueue<Exchange>.Offer {
        guard let wait = queue?.settings.waitNanos else { return .refused }
        let deadline = SteadyTime.after(wait, from: now)
        return queue?.offer(exchange, tenant: tenant, deadlineNanos: deadline, now: now) ?? .refused
    }

    func leave(_ ticket: AdmissionQueue<Exchange>.Ticket, now: Int64) { _ = queue?.remove(ticket, now: now) }

    /// Lets in whoever waits, as far as there are places, and refuses those that waited too long.
    func admitWaiting(now: Int64) {
        guard let concurrency = concurrency else { return }
        while let expired = queue?.takeExpired(now: now) { expired.waitedTooLong() }
        while (queue?.count ?? 0) > 0, concurrency.begin() {
            guard let next = takeNext(now: now) else {
                return concurrency.end(latencyNanos: nil, isDropped: false, now: now)
            }
            next.admitted()
        }
    }

    private func takeNext(now: Int64) -> Exchange? {
        while let taken = queue?.take(now: now) {
            switch taken {
            case .admitted(let exchange): return exchange
            case .expired(let exchange): exchange.waitedTooLong()
            }
        }
        return nil
    }
}
