import GatewayMetrics

/// The bounded `tenant` label of the gateway's families (ARCHITECTURE.md, "Metrics contract").
///
/// Provisioned tenants always have series; of the others the busiest, up to `metrics.max_tenants`. How a place is won
/// and lost is the policy of `BoundedLabel`. The access log knows nothing of this: it has the true tenant.
final class TenantLabels: Sendable {
    let label: BoundedLabel
    /// An id that only a header states is known by name: no authentication is configured.
    let knowsHeaderIDs: Bool

    private let metrics: GatewayMetricSet

    /// Series of one tenant and one cell in `gateway_requests_total`: for instance 4 methods by 8 codes.
    static let requestKinds = 32
    /// The most series of a family with `tenant` and `cell`, and of `gateway_requests_total`; beyond, cells, methods and
    /// codes lose their values, tenants do not.
    static let pairCeiling = 200_000
    static let requestCeiling = 1_000_000

    /// Governs all families that have a `tenant` label.
    init(_ settings: TenantLabelSettings, metrics: GatewayMetricSet) throws(MetricError) {
        knowsHeaderIDs = settings.knowsHeaderIDs
        self.metrics = metrics
        let policy = settings.policy
        label = metrics.registry.boundedLabel("tenant", policy: policy)
        try label.govern(metrics.requests)
        try label.govern(metrics.duration)
        try label.govern(metrics.requestBytes)
        try label.govern(metrics.responseBytes)
        makeRoom(cells: 0)
    }

    /// Lets the families grow to what so many cells need; they never shrink.
    func makeRoom(cells: Int) {
        let names = Self.cellNames(cells)
        let pairs = label.seriesLimit(combinations: names, ceiling: Self.pairCeiling)
        metrics.duration.raiseLimit(to: pairs)
        metrics.requestBytes.raiseLimit(to: pairs)
        metrics.responseBytes.raiseLimit(to: pairs)
        let kinds = label.seriesLimit(combinations: names * Self.requestKinds, ceiling: Self.requestCeiling)
        metrics.requests.raiseLimit(to: kinds)
    }

    /// Values of `cell` for which there is room: the cells, as many that were removed, `_unknown` and `_local`.
    static func cellNames(_ cells: Int) -> Int { 2 * min(max(cells, 0), 20_000) + 2 }
}

extension TenantLabelSettings {
    /// Who gets a value of the label.
    var policy: LabelPolicy {
        LabelPolicy(provisioned: provisioned, places: maxTenants, longestValueBytes: TenantRule.longestID)
    }

    /// What to tell an operator when so many cells need more series than the metrics may have; nil when all is well.
    func shortage(cells: Int) -> String? {
        let pairs = policy.valueBound * TenantLabels.cellNames(cells)
        let requests = pairs * TenantLabels.requestKinds
        guard pairs > TenantLabels.pairCeiling || requests > TenantLabels.requestCeiling else { return nil }
        return "metrics.max_tenants: \(policy.valueBound) values of tenant and \(cells) cells can need \(pairs) series "
            + "a family (at most \(TenantLabels.pairCeiling)) and \(requests) of gateway_requests_total (at most "
            + "\(TenantLabels.requestCeiling)); when these are full, cells, methods and codes count as _other, tenants "
            + "keep their names"
    }
}
