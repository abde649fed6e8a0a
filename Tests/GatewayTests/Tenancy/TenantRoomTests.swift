import Exposition
import GatewayMetrics
import Testing

@testable import Gateway

@Suite struct TenantRoomTests {
    @Test func `families have room for all tenants of all cells, and more after a reload that adds cells`() throws {
        let registry = MetricsRegistry(shards: 1)
        let metrics = try GatewayMetricSet(registry: registry)
        let settings = TenantLabelSettings(provisioned: ["acme"], maxTenants: 200)
        let labels = try TenantLabels(settings, metrics: metrics)
        labels.makeRoom(cells: 40)
        #expect(metrics.duration.seriesLimit == 303 * 82)
        #expect(metrics.requests.seriesLimit == 303 * 82 * 32)
        labels.makeRoom(cells: 2)
        #expect(metrics.responseBytes.seriesLimit == 303 * 82)
        labels.makeRoom(cells: .max)
        #expect(metrics.duration.seriesLimit == 200_000 && metrics.requests.seriesLimit == 1_000_000)
        #expect(registry.memoryBound != nil && registry.pageBound(.openMetrics100) != nil)
        #expect(settings.shortage(cells: 40) == nil)
        #expect(settings.shortage(cells: 400)?.contains("400 cells") == true)
    }

    @Test
    func `a provisioned tenant keeps its name when its families are full, and gets its own series when they grow`()
        throws
    {
        let registry = MetricsRegistry(shards: 1)
        let metrics = try GatewayMetricSet(registry: registry)
        let labels = try TenantLabels(TenantLabelSettings(provisioned: ["acme"]), metrics: metrics)
        // As many cells as it takes to fill the families.
        for number in 0..<metrics.duration.seriesLimit {
            _ = metrics.duration.bind(["_none", "c\(number)"])
            _ = metrics.requestBytes.bind(["_none", "c\(number)"])
            _ = metrics.responseBytes.bind(["_none", "c\(number)"])
        }
        for number in 0..<metrics.requests.seriesLimit {
            _ = metrics.requests.bind(["_none", "c\(number)", "GET", "503"])
        }
        let cell = CellMeters(name: "erp", ordinal: 2, metrics: metrics)
        let acme = TenantMeters(label: "acme", place: .none, metrics: metrics)
        let shard = Shard(owned: 1)
        func request() {
            let meters = acme.meters(cell)
            meters.requests(.get, 503).increment(on: shard)
            meters.duration.observe(nanos: 1_000, on: shard)
        }
        for _ in 0..<10 { request() }
        func sum(_ name: String, _ tenant: String, _ cell: String? = nil) -> Double {
            var sum = 0.0
            registry.forEachSample { sample, labels, value in
                guard sample == name, labels.first?.value == tenant else { return }
                if cell == nil || labels[1].value == cell { sum += value }
            }
            return sum
        }
        #expect(sum("gateway_requests_total", "acme") == 10)
        #expect(sum("gateway_request_duration_seconds_count", "acme") == 10)
        #expect(sum("gateway_requests_total", "acme", "erp") == 0)
        metrics.requests.raiseLimit(to: metrics.requests.seriesLimit + 1)
        metrics.duration.raiseLimit(to: metrics.duration.seriesLimit + 1)
        metrics.requestBytes.raiseLimit(to: metrics.requestBytes.seriesLimit + 1)
        metrics.responseBytes.raiseLimit(to: metrics.responseBytes.seriesLimit + 1)
        request()
        #expect(sum("gateway_requests_total", "acme", "erp") == 1)
        for _ in 0..<100 { request() }
        #expect(sum("gateway_request_duration_seconds_count", "acme", "erp") > 30)
        #expect(sum("gateway_request_duration_seconds_count", "acme") == 111)
        withExtendedLifetime(labels) {}
    }
}
