import Exposition
import GatewayMetrics
import Testing

@Suite("Instruments")
struct InstrumentTests {
    private let registry = MetricsRegistry(prefix: "t", shards: 2)
    private let shards: [Shard] = [.shared, Shard(owned: 1), Shard(owned: 2)]

    @Test("a counter sums its shards")
    func counter() throws {
        let counter = try registry.counter("a_total", help: "")
        for (number, shard) in shards.enumerated() { counter.increment(by: UInt64(number) + 1, on: shard) }
        #expect(counter.value == 6)
    }

    @Test("a floating point counter never falls")
    func floatCounter() throws {
        let counter = try registry.floatCounter("a_total", help: "")
        for shard in shards { counter.increment(by: 0.5, on: shard) }
        for amount in [-1, Double.nan, .infinity, -.infinity] { counter.increment(by: amount) }
        #expect(counter.value == 1.5)
    }

    @Test("a gauge is set, or added to from everywhere")
    func gauge() throws {
        let set = try registry.gauge("a", help: "")
        set.set(7)
        set.set(-2.5)
        #expect(set.value == -2.5)
        let added = try registry.gauge("b", help: "")
        for shard in shards { added.add(3, on: shard) }
        for shard in shards.dropFirst() { added.add(-3, on: shard) }
        #expect(added.value == 3)
    }

    @Test("a gauge is raised to the highest value, or set to the time")
    func raisedGauge() throws {
        let gauge = try registry.gauge("a", help: "")
        for value in [3.0, 7, -1, .nan, 5] { gauge.raise(to: value) }
        #expect(gauge.value == 7)
        gauge.setToCurrentTime()
        #expect(gauge.value > 1_600_000_000 && gauge.value < 1e11)
    }

    @Test("an observation falls into the first bucket whose bound is not below it", arguments: [3, 100])
    func histogram(_ bounds: Int) throws {
        let buckets = (1...bounds).map { Double($0) }
        let histogram = try registry.histogram("h", help: "", buckets: buckets)
        let values = [-1, 0, 1, 1.5, 2, 3, Double(bounds) + 0.1, .infinity, .nan]
        for value in values {
            for shard in shards { histogram.observe(value, on: shard) }
        }
        var counts: [String: Double] = [:]
        registry.forEachSample { name, labels, value in
            if name.hasPrefix("h") { counts[name + (labels.last?.value ?? "")] = value }
        }
        for bound in 1...bounds {
            let expected = values.count { $0 <= Double(bound) } * 3
            #expect(counts["h_bucket\(bound)"] == Double(expected))
        }
        #expect(counts["h_bucket+Inf"] == 27)
        #expect(counts["h_count"] == 27)
        #expect(histogram.count == 27)
        #expect(histogram.sum.isNaN && counts["h_sum"]?.isNaN == true)
    }

    @Test("nanoseconds meet the bounds in seconds exactly")
    func nanoseconds() throws {
        let histogram = try registry.histogram("h_seconds", help: "", buckets: [0.001, 0.1, 0.3])
        for nanos in [1_000_000, 100_000_000, 300_000_000] as [UInt64] { histogram.observe(nanos: nanos) }
        var buckets: [Double] = []
        registry.forEachSample { name, _, value in
            if name == "h_seconds_bucket" { buckets.append(value) }
        }
        #expect(buckets == [1, 2, 3, 3])
    }

    @Test("callbacks are asked at each scrape; what would spoil the scrape is left out and counted")
    func callbacks() throws {
        try registry.gaugeCallback("g", help: "", labels: ["l"]) {
            [(["a"], 1), (["a"], 2), (["a", "b"], 3), (["c"], .nan)]
        }
        try registry.counterCallback("c_total", help: "") { [([], -1)] }
        var samples: [String] = []
        for _ in 0..<2 {
            samples = []
            registry.forEachSample { name, labels, value in samples.append("\(name)\(labels.map(\.value)) \(value)") }
        }
        #expect(samples.contains(#"g["a"] 1.0"#) && samples.contains(#"g["c"] nan"#))
        #expect(!samples.contains { $0.hasPrefix("c_total") || $0.contains(" 2.0") && $0.hasPrefix("g") })
        #expect(samples.contains(#"t_metrics_rejected_total["callback_duplicate"] 1.0"#))
    }

    @Test("what a callback gives beyond its family's limit is left out and counted")
    func callbackLimit() throws {
        try registry.gaugeCallback("g", help: "", labels: ["l"]) { (0..<10_007).map { (["\($0)"], 1) } }
        try registry.gaugeCallback("single", help: "") { [([], 1), ([], 2)] }
        var counts: [String: Int] = [:]
        var refused = 0.0
        for _ in 0..<2 {
            counts = [:]
            registry.forEachSample { name, labels, value in
                counts[name, default: 0] += 1
                if labels.first?.value == "callback_limit" { refused = value }
            }
        }
        let limit = min(MetricsRegistry.defaultSeriesLimit, 10_000)
        #expect(counts["g"] == limit && counts["single"] == 1)
        // A scrape tells of what it or the one before it left out.
        #expect(refused == Double(10_007 - limit + 1) || refused == Double(10_007 - limit + 1) * 2)
    }
}
