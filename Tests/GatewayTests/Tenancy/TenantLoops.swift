import Exposition
import GatewayMetrics
import StructuredLog
import Synchronization

@testable import Gateway

/// What the event loops keep for counting, without event loops, sockets and logs.
final class TenantLoops {
    let clock: TestClock
    let registry: MetricsRegistry
    let metrics: GatewayMetricSet
    let labels: TenantLabels
    private let caches: [TenantCache]
    private let cells: [CellMeters]

    init(_ settings: TenantLabelSettings, loops: Int = 1) throws {
        let clock = TestClock()
        self.clock = clock
        registry = MetricsRegistry(shards: loops, clock: { clock.nanos })
        let metrics = try GatewayMetricSet(registry: registry)
        self.metrics = metrics
        let labels = try TenantLabels(settings, metrics: metrics)
        self.labels = labels
        caches = (0..<loops).map { _ in TenantCache(labels: labels, metrics: metrics) }
        cells = (0..<loops).map { _ in CellMeters(name: "erp", ordinal: 2, metrics: metrics) }
    }

    /// Counts a request as the end of an exchange does; returns the label.
    @discardableResult
    func request(_ id: [UInt8], loop: Int = 0, source: TenantSource = .header) -> String {
        let tenant = caches[loop].meters(id.span, ByteSlice(0, id.count), source)
        let meters = tenant.meters(cells[loop])
        let shard = Shard(owned: loop + 1)
        meters.requests(.get, 200).increment(on: shard)
        meters.duration.observe(nanos: 1_000_000, on: shard)
        meters.responseBytes.increment(by: 100, on: shard)
        return tenant.label
    }

    @discardableResult
    func request(_ id: String, loop: Int = 0, times: Int = 1) -> String {
        var label = ""
        for _ in 0..<times { label = request(Array(id.utf8), loop: loop) }
        return label
    }

    /// A second passes on every loop.
    func tick() {
        clock.advance(seconds: 1)
        for cache in caches { cache.tick(now: Int64(clock.nanos)) }
    }

    /// `gateway_requests_total` by tenant, as a scrape shows it.
    func scrape() -> [String: Int] {
        var values: [String: Int] = [:]
        registry.forEachSample { name, labels, value in
            if name == "gateway_requests_total" { values[labels[0].value, default: 0] += Int(value) }
        }
        return values
    }

    /// A series without labels or with one.
    func value(_ family: String, _ label: String = "") -> Double? {
        var found: Double?
        registry.forEachSample { name, labels, value in
            if name == family, labels.first?.value ?? "" == label { found = value }
        }
        return found
    }
}

/// A clock that a test moves.
final class TestClock: Sendable {
    private let time = Atomic<UInt64>(1)
    var nanos: UInt64 { time.load(ordering: .relaxed) }
    func advance(seconds: UInt64) { time.wrappingAdd(seconds * 1_000_000_000, ordering: .relaxed) }
}
