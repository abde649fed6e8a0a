import GatewayMetrics

/// The bounded `tenant` label of the gateway's families (ARCHITECTURE.md, "Metrics contract").
///
/// Provisioned tenants always have series; of the others the busiest, up to `metrics.max_tenants`. How a place is won
/// and lost is the policy of `BoundedLabel`. The access log knows nothing of this: it has the true tenant.
final class TenantLabels: Sendable {
    let label: BoundedLabel
    /// An id that only a header states is known by name: no authentication is configured.
    let knowsHeaderIDs: Bool

    /// Governs all families that have a `tenant` label.
    init(_ settings: TenantLabelSettings, metrics: GatewayMetricSet) {
        knowsHeaderIDs = settings.knowsHeaderIDs
        let policy = LabelPolicy(
            provisioned: settings.provisioned, places: settings.maxTenants, longestValueBytes: TenantRule.longestID)
        label = metrics.registry.boundedLabel("tenant", policy: policy)
        label.govern(metrics.requests)
        label.govern(metrics.duration)
        label.govern(metrics.requestBytes)
        label.govern(metrics.responseBytes)
    }
}
