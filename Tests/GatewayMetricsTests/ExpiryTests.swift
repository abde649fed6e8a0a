import Exposition
import TestSupport
import Testing

@testable import GatewayMetrics

@Suite("Idle series and removal")
struct ExpiryTests {
    private let clock = TestClock()
    private let wall = TestClock()

    private func registry() -> MetricsRegistry {
        MetricsRegistry(
            prefix: "t", shards: 1, clock: { [clock] in clock.nanos }, wallClock: { [wall] in Int64(wall.nanos) })
    }

    private func advance(_ seconds: Double) { clock.advance(UInt64(seconds * 1e9)) }

    private func labels(_ registry: MetricsRegistry, _ name: String) -> [String] {
        var found: [String] = []
        registry.forEachSample { sample, pairs, _ in
            if sample == name { found.append(pairs.map(\.value).joined(separator: " ")) }
        }
        return found.sorted()
    }

    @Test("a series that stood still for the family's idle expiry vanishes at a scrape; others stay")
    func expiry() throws {
        let registry = registry()
        let family = try registry.counter("r_total", help: "", labels: ["a"], idleExpirySeconds: 60)
        let lasting = try registry.counter("s_total", help: "", labels: ["a"])
        lasting.bind(["x"]).increment()
        let stale = family.bind(["idle"])
        stale.increment()
        family.bind(["busy"]).increment()
        for _ in 0..<8 {
            advance(10)
            family.bind(["busy"]).increment(on: Shard(owned: 1))
            _ = registry.render(.prometheusText004)
        }
        #expect(labels(registry, "r_total") == ["busy"] && labels(registry, "s_total") == ["x"])
        stale.increment()
        #expect(stale.value == 0)
        family.bind(["idle"]).increment(by: 3)
        #expect(family.bind(["idle"]).value == 3)
        #expect(family.store.table.brokenInvariant == nil)
    }

    @Test("gauges, histograms and native histograms are idle when nothing about them changes")
    func kinds() throws {
        let registry = registry()
        let gauges = try registry.gauge("g", help: "", labels: ["a"], idleExpirySeconds: 5)
        let histograms = try registry.histogram("h", help: "", labels: ["a"], idleExpirySeconds: 5)
        let natives = try registry.histogram(
            "n", help: "", labels: ["a"], buckets: [], native: NativeHistogramOptions(), idleExpirySeconds: 5)
        let (busyGauge, busyHistogram, busyNative) = (
            gauges.bind(["busy"]), histograms.bind(["busy"]), natives.bind(["busy"])
        )
        for label in ["busy", "idle"] {
            gauges.bind([label]).set(1)
            histograms.bind([label]).observe(1)
            natives.bind([label]).observe(1)
        }
        for round in 0..<10 {
            advance(2)
            busyGauge.set(Double(round))
            busyHistogram.observe(0)
            busyNative.observe(0.5, on: round % 2 == 0 ? .shared : Shard(owned: 1))
            registry.sweep()
        }
        #expect(busyGauge.value == 9 && busyHistogram.count == 11 && busyNative.count == 11)
        for name in ["g", "h_count"] { #expect(labels(registry, name) == ["busy"], "\(name)") }
        #expect(natives.store.seriesCount == 1)
    }

    @Test("a new series is not idle before its time, even if it was never touched")
    func untouched() throws {
        let registry = registry()
        let family = try registry.counter("r_total", help: "", labels: ["a"], idleExpirySeconds: 10)
        advance(100)
        _ = family.bind(["x"])
        registry.sweep()
        advance(9)
        #expect(registry.sweep() == 0)
        advance(1)
        #expect(registry.sweep() == 1)
    }

    @Test("sweeps happen at most once a second")
    func frequency() throws {
        let registry = registry()
        let family = try registry.counter("r_total", help: "", labels: ["a"], idleExpirySeconds: 0.1)
        _ = family.bind(["x"])
        advance(5)
        registry.sweep()
        _ = family.bind(["y"])
        advance(0.9)
        #expect(registry.sweep() == 0)
        advance(0.2)
        #expect(registry.sweep() == 1)
    }

    @Test("an expiry that is no positive time is refused", arguments: [0, -1, .nan, .infinity])
    func invalid(_ seconds: Double) {
        #expect(throws: MetricError.self) {
            try registry().counter("r_total", help: "", labels: ["a"], idleExpirySeconds: seconds)
        }
    }

    @Test("all series with a label value are removed together")
    func removeByLabel() throws {
        let registry = registry()
        let family = try registry.counter("r_total", help: "", labels: ["tenant", "cell"])
        for tenant in 0..<100 { for cell in ["erp", "crm"] { _ = family.bind(["t\(tenant)", cell]) } }
        let stale = family.bind(["t7", "crm"])
        #expect(family.remove("tenant", equals: "t7") == 2)
        #expect(family.remove("tenant", equals: "t7") == 0)
        #expect(family.remove("cell", equals: "crm") == 99)
        #expect(family.remove("nonsense", equals: "crm") == 0)
        stale.increment()
        #expect(labels(registry, "r_total").count == 99 && !labels(registry, "r_total").contains("t7 erp"))
        #expect(family.store.table.brokenInvariant == nil)
    }

    @Test("a record says when its series was made")
    func created() throws {
        let registry = registry()
        let family = try registry.counter("r_total", help: "", labels: ["a"])
        wall.advance(1_000)
        _ = family.bind(["x"])
        wall.advance(500)
        _ = family.bind(["y"])
        _ = family.bind(["x"])
        family.remove(["x"])
        wall.advance(1)
        _ = family.bind(["x"])
        var created: [String: Int64] = [:]
        family.store.forEachRecord { created[LabelKey.values(of: $0.key)[0]] = $0.createdMillis }
        #expect(created == ["x": 1501, "y": 1500])
        #expect(MetricsRegistry.systemTime() > 1_600_000_000_000)
    }

    @Test("a page that a scrape has in hand keeps its records, however long it takes")
    func page() throws {
        let registry = registry()
        let family = try registry.counter("r_total", help: "", labels: ["a"], limit: 4)
        for name in ["a", "b"] { family.bind([name]).increment() }
        var seen: [String] = []
        family.store.forEachRecord { record in
            if seen.isEmpty {
                family.remove(["a"])
                family.remove(["b"])
                advance(100)
                for name in ["c", "d"] { family.bind([name]).increment() }
            }
            seen.append(LabelKey.values(of: record.key)[0])
        }
        #expect(seen == ["a", "b"])
        for _ in 0..<4 {
            advance(15)
            family.store.forEachRecord { _ in }
        }
        family.remove(["c"])
        let bytes = registry.cellBytes
        _ = family.bind(["e"])
        #expect(registry.cellBytes == bytes && family.store.table.brokenInvariant == nil)
    }
}
