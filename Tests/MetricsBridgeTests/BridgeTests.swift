import CoreMetrics
import GatewayMetrics
import Testing

@testable import MetricsBridge

@Suite("swift-metrics bridge")
struct BridgeTests {
    private let registry = MetricsRegistry(prefix: "t", shards: 0)

    private func samples() -> [String: Double] {
        var result: [String: Double] = [:]
        registry.forEachSample { name, labels, value in
            let text = labels.map { "\($0.name)=\($0.value)" }.joined(separator: ",")
            if !name.hasPrefix("t_") || value != 0 { result["\(name){\(text)}"] = value }
        }
        return result
    }

    @Test("each kind of swift-metrics becomes one of ours")
    func kinds() {
        let factory = BridgeFactory(registry: registry)
        CoreMetrics.Counter(label: "http.requests", dimensions: [("b", "2"), ("a.x", "1")], factory: factory)
            .increment(by: 3)
        FloatingPointCounter(label: "joules_total", factory: factory).increment(by: 0.25)
        let meter = Meter(label: "queue-length", factory: factory)
        meter.set(5)
        meter.increment(by: 2)
        meter.decrement()
        CoreMetrics.Gauge(label: "1st", factory: factory).record(1.5)
        Recorder(label: "size", factory: factory).record(50)
        CoreMetrics.Timer(label: "latency", factory: factory).recordMilliseconds(30)
        let found = samples()
        #expect(found["http_requests_total{a_x=1,b=2}"] == 3)
        #expect(found["joules_total{}"] == 0.25)
        #expect(found["queue_length{}"] == 6)
        #expect(found["_1st{}"] == 1.5)
        #expect(found["size_bucket{le=10}"] == 0 && found["size_bucket{le=100}"] == 1 && found["size_sum{}"] == 50)
        #expect(found["latency_seconds_bucket{le=0.025}"] == 0 && found["latency_seconds_bucket{le=0.05}"] == 1)
        #expect(found["latency_seconds_sum{}"] == 0.03)
    }

    @Test("the same name and dimensions in any order are the same series")
    func sharing() {
        let factory = BridgeFactory(registry: registry)
        for dimensions in [[("a", "1"), ("b", "2")], [("b", "2"), ("a", "1")], [("a", "1"), ("b", "2"), ("a", "3")]] {
            factory.makeCounter(label: "x", dimensions: dimensions).increment(by: 1)
        }
        #expect(samples()["x_total{a=1,b=2}"] == 3)
    }

    @Test("negative amounts and resets never make a counter fall")
    func monotonic() {
        let factory = BridgeFactory(registry: registry)
        let whole = factory.makeCounter(label: "x", dimensions: [])
        let float = factory.makeFloatingPointCounter(label: "y", dimensions: [])
        whole.increment(by: 5)
        whole.increment(by: -3)
        whole.increment(by: .min)
        whole.reset()
        float.increment(by: 5)
        float.increment(by: -3)
        float.reset()
        #expect(samples()["x_total{}"] == 5 && samples()["y_total{}"] == 5)
    }

    @Test("a use that contradicts the first has no effect and is counted")
    func contradictions() {
        let factory = BridgeFactory(registry: registry)
        factory.makeCounter(label: "x", dimensions: [("a", "1")]).increment(by: 1)
        factory.makeCounter(label: "x", dimensions: [("b", "1")]).increment(by: 1)
        factory.makeMeter(label: "x_total", dimensions: []).set(1 as Double)
        factory.makeMeter(label: "x", dimensions: []).set(1 as Double)
        let found = samples()
        #expect(found["x_total{a=1}"] == 1 && found["x_total{b=1}"] == nil && found["x_total_value{}"] == 1)
        #expect(found["t_metrics_rejected_total{reason=declaration}"] == 2)
    }

    @Test("names and series are bounded")
    func bounds() {
        var options = BridgeFactory.Options()
        options.maxFamilies = 3
        options.maxSeriesPerFamily = 2
        let factory = BridgeFactory(registry: registry, options: options)
        for number in 0..<10 { factory.makeCounter(label: "n\(number)", dimensions: []).increment(by: 1) }
        for number in 0..<10 { factory.makeMeter(label: "n0_m", dimensions: [("a", "\(number)")]).set(1 as Int64) }
        #expect(samples()["n2_total{}"] == 1 && samples()["n3_total{}"] == nil && samples()["n0_m{a=1}"] == nil)
        let second = BridgeFactory(registry: registry, options: options)
        for number in 0..<10 { second.makeCounter(label: "s", dimensions: [("a", "\(number)")]).increment(by: 1) }
        #expect(samples()["s_total{a=_other}"] == 8)
    }

    @Test("a destroyed handler's series vanishes and can be made anew")
    func destroy() {
        let factory = BridgeFactory(registry: registry)
        let handler = factory.makeTimer(label: "x", dimensions: [("a", "1")])
        handler.recordNanoseconds(-5)
        #expect(samples()["x_seconds_count{a=1}"] == 1)
        factory.destroyTimer(handler)
        handler.recordNanoseconds(5)
        #expect(samples()["x_seconds_count{a=1}"] == nil)
        factory.makeTimer(label: "x", dimensions: [("a", "1")]).recordNanoseconds(7)
        #expect(samples()["x_seconds_count{a=1}"] == 1)
    }

    @Test("names become legal whatever they were", arguments: ["", "1", "é☃", "a b", "le", "__x", "quantile", ":"])
    func mapping(_ name: String) {
        let factory = BridgeFactory(registry: registry)
        factory.makeCounter(label: name, dimensions: [(name, "v")]).increment(by: 1)
        factory.makeTimer(label: name, dimensions: [(name, "v")]).recordNanoseconds(1)
        #expect(samples()["t_metrics_rejected_total{reason=declaration}"] == nil)
        #expect(!NameMapping.dimension(name).hasPrefix("__") || NameMapping.dimension(name).isEmpty)
    }
}
