import GatewayMetrics

/// How an attempt at an upstream ended: the `outcome` label.
enum UpstreamOutcome: Int, CaseIterable {
    case success
    case serverError
    case connectError
    case closed
    /// A kept connection that the upstream had closed in the meantime.
    case stale
    case protocolError
    case timeout
    case canceled

    var label: String {
        switch self {
        case .success: "success"
        case .serverError: "server_error"
        case .connectError: "connect_error"
        case .closed: "closed"
        case .stale: "stale"
        case .protocolError: "protocol_error"
        case .timeout: "timeout"
        case .canceled: "canceled"
        }
    }
}

/// One cell's metric children on one event loop.
final class CellMeters {
    /// The label of requests that belong to no cell.
    static let unknown = "_unknown"
    /// The label of requests the gateway answers itself.
    static let local = "_local"

    let name: String
    /// Position in `TenantMeters`; unique among the cells of one snapshot.
    var ordinal: Int
    let overhead: Histogram
    let inFlight: Gauge
    let retrySuccess: Counter
    let retryFailure: Counter
    let retryOverBudget: Counter
    let circuitOpen: Gauge
    /// Nil for cells without hedging.
    let hedges: HedgeMeters?
    /// Nil for series that always stay.
    private let lease: SeriesLeases.Lease?

    static let retryResults = ["success", "failed", "budget_exhausted"]

    init(
        name: String, ordinal: Int, metrics: GatewayMetricSet, hedges: Bool = false, lease: SeriesLeases.Lease? = nil
    ) {
        self.lease = lease
        self.name = name
        self.ordinal = ordinal
        overhead = metrics.overhead.bind([name])
        inFlight = metrics.inFlight.bind([name])
        retrySuccess = metrics.retries.bind([name, Self.retryResults[0]])
        retryFailure = metrics.retries.bind([name, Self.retryResults[1]])
        retryOverBudget = metrics.retries.bind([name, Self.retryResults[2]])
        circuitOpen = metrics.circuitOpen.bind([name])
        self.hedges = hedges ? HedgeMeters(cell: name, metrics) : nil
    }
}

/// The `gateway_hedges_total` children of one cell.
struct HedgeMeters {
    let won: Counter
    let lost: Counter
    let overBudget: Counter

    static let results = ["won", "lost", "budget_exhausted"]

    init(cell: String, _ metrics: GatewayMetricSet) {
        won = metrics.hedges.bind([cell, Self.results[0]])
        lost = metrics.hedges.bind([cell, Self.results[1]])
        overBudget = metrics.hedges.bind([cell, Self.results[2]])
    }
}

/// The `gateway_upstream_requests_total` children of one upstream. They go with it, so the counts of an address that
/// comes back begin again.
final class UpstreamMeters {
    private let counters: [Counter]
    let ejections: Counter
    private let lease: SeriesLeases.Lease

    init(cell: String, upstream: String, metrics: GatewayMetricSet, lease: SeriesLeases.Lease) {
        self.lease = lease
        ejections = metrics.upstreamEjections.bind([cell, upstream])
        counters = UpstreamOutcome.allCases.map { metrics.upstreamRequests.bind([cell, upstream, $0.label]) }
    }

    /// What a request that succeeds touches.
    func list(_ parts: inout PrefetchList, on shard: Shard) {
        parts.add(self, bytes: 64)
        parts.add(counters, count: 1)
        counters[UpstreamOutcome.success.rawValue].forEachLine(on: shard) { parts.add(line: $0) }
    }

    func count(_ outcome: UpstreamOutcome, on shard: Shard) {
        counters[outcome.rawValue].increment(on: shard)
    }
}
