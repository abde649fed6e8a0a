import GatewayMetrics
import Testing

@Suite("The text of a bounded label")
struct LabelCacheTextTests {
    @Test("is the value while it has a place, and _other or _none where it has none")
    func text() throws {
        let registry = MetricsRegistry(prefix: "t", shards: 0)
        let requests = try registry.counter("t_requests_total", help: "Requests.", labels: ["tenant"])
        let tenant = registry.boundedLabel("tenant", policy: LabelPolicy(provisioned: ["acme"], places: 2))
        try tenant.govern(requests)
        let cache = tenant.makeCache()
        for id in ["acme", "", "new", "late", "later", "acme"] {
            requests.bind([cache.text(for: id)]).increment()
        }
        cache.flush()
        var counts: [String: Double] = [:]
        registry.forEachSample { name, labels, value in
            if name == "t_requests_total" { counts[labels[0].value] = value }
        }
        #expect(counts == ["acme": 2, "_none": 1, "new": 1, "_other": 2])
    }
}
