import GatewayMetrics

/// What one tenant sent, from `gateway_requests_total`.
struct TenantTraffic: Sendable, Equatable {
    var tenant: String
    var requests: Double = 0
    /// Answered with 5xx.
    var failures: Double = 0
    /// Answered with 4xx.
    var refusals: Double = 0

    /// The busiest first.
    static func read(_ registry: MetricsRegistry) -> [TenantTraffic] {
        var byTenant: [String: TenantTraffic] = [:]
        registry.forEachSample { name, labels, value in
            guard name == "gateway_requests_total", let tenant = label("tenant", labels) else { return }
            var traffic = byTenant[tenant] ?? TenantTraffic(tenant: tenant)
            traffic.requests += value
            switch label("code", labels)?.first {
            case "5": traffic.failures += value
            case "4": traffic.refusals += value
            default: break
            }
            byTenant[tenant] = traffic
        }
        return byTenant.values.sorted { ($1.requests, $0.tenant) < ($0.requests, $1.tenant) }
    }

    private static func label(_ name: String, _ labels: [(name: String, value: String)]) -> String? {
        labels.first { $0.name == name }?.value
    }
}
