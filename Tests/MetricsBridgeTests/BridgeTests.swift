import CoreMetrics
import Exposition
import Foundation
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

    @Test("dimensions that Unicode calls equal are counted as handlers of their own series")
    func spellings() {
        let factory = BridgeFactory(registry: registry)
        let first = factory.makeCounter(label: "x", dimensions: [("a", "\u{e9}")])
        let second = factory.makeCounter(label: "x", dimensions: [("a", "e\u{301}")])
        first.increment(by: 1)
        second.increment(by: 2)
        factory.destroyCounter(first)
        var left: [Double] = []
        registry.forEachSample { name, _, value in if name == "x_total" { left.append(value) } }
        #expect(left == [2])
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

    @Test("one label with different dimensions is one family, each series with its own labels")
    func varyingDimensions() throws {
        let factory = BridgeFactory(registry: registry)
        factory.makeCounter(label: "x.y", dimensions: [("a", "1")]).increment(by: 1)
        factory.makeCounter(label: "x.y", dimensions: [("b", "1"), ("a", "1")]).increment(by: 2)
        factory.makeCounter(label: "x-y", dimensions: []).increment(by: 4)
        factory.makeCounter(label: "x.y", dimensions: [("a", "1")]).increment(by: 8)
        let found = samples()
        #expect(found["x_y_total{a=1}"] == 9 && found["x_y_total{a=1,b=1}"] == 2 && found["x_y_total{}"] == 4)
        #expect(found["t_metrics_rejected_total{reason=declaration}"] == nil)
        let text = String(decoding: registry.render(.prometheusText004), as: UTF8.self)
        #expect(text.components(separatedBy: "# TYPE x_y_total counter").count == 2)
    }

    @Test("a name that another kind has gets an ending, in whatever order they come")
    func sharedNames() {
        let factory = BridgeFactory(registry: registry)
        factory.makeCounter(label: "x", dimensions: []).increment(by: 1)
        factory.makeMeter(label: "x", dimensions: []).set(2 as Double)
        factory.makeRecorder(label: "x", dimensions: [], aggregate: true).record(3 as Double)
        factory.makeMeter(label: "y", dimensions: []).set(4 as Double)
        factory.makeCounter(label: "y", dimensions: []).increment(by: 5)
        factory.makeFloatingPointCounter(label: "x", dimensions: []).increment(by: 0.5)
        factory.makeMeter(label: "x_total", dimensions: []).set(6 as Double)
        let found = samples()
        #expect(found["x_total{}"] == 1 && found["x_value{}"] == 2 && found["x_values_sum{}"] == 3)
        #expect(found["y{}"] == 4 && found["y_events_total{}"] == 5 && found["x_events_total{}"] == 0.5)
        #expect(found["x_total_value{}"] == 6)
        #expect(found["t_metrics_rejected_total{reason=declaration}"] == nil)
    }

    @Test("what the program declared itself is never touched, and what cannot be named is counted")
    func refused() throws {
        let factory = BridgeFactory(registry: registry)
        let own = try registry.counter("x_total", help: "h", labels: ["a"])
        _ = try registry.counter("x_events_total", help: "h")
        factory.makeCounter(label: "x", dimensions: [("b", "1")]).increment(by: 1)
        own.bind(["1"]).increment()
        #expect(samples()["x_total{a=1}"] == 1 && samples()["x_total{b=1}"] == nil)
        #expect(samples()["t_metrics_rejected_total{reason=declaration}"] == 1)
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
        #expect(samples()["t_metrics_rejected_total{reason=bridge_full}"] == 17)
        #expect(samples()["t_metrics_rejected_total{reason=declaration}"] == nil)
        let second = BridgeFactory(registry: registry, options: options)
        for number in 0..<10 { second.makeCounter(label: "s", dimensions: [("a", "\(number)")]).increment(by: 1) }
        #expect(samples()["s_total{a=_other}"] == 8)
    }

    @Test("limits out of range are clamped, and the limit of names is for all kinds together")
    func clampedLimits() {
        var options = BridgeFactory.Options()
        options.maxFamilies = -1
        options.maxLabelSetsPerName = 0
        options.maxSeriesPerFamily = 0
        let least = BridgeFactory(registry: registry, options: options)
        least.makeCounter(label: "x", dimensions: [("a", "1")]).increment(by: 1)
        least.makeCounter(label: "x", dimensions: [("a", "2")]).increment(by: 1)
        least.makeCounter(label: "x", dimensions: [("b", "1")]).increment(by: 1)
        least.makeMeter(label: "y", dimensions: []).set(1 as Int64)
        let found = samples()
        #expect(found["x_total{a=1}"] == 1 && found["x_total{a=_other}"] == 2 && found["y{}"] == nil)
        #expect(found["t_metrics_rejected_total{reason=bridge_full}"] == 1)
        options.maxFamilies = .max
        options.maxLabelSetsPerName = .max
        options.maxSeriesPerFamily = .max
        let most = BridgeFactory(registry: registry, options: options)
        most.makeCounter(label: "z", dimensions: [("a", "1")]).increment(by: 1)
        #expect(samples()["z_total{a=1}"] == 1)
    }

    @Test("dimension names that a program makes up end in the overflow series")
    func boundedLabelSets() {
        var options = BridgeFactory.Options()
        options.maxLabelSetsPerName = 3
        let factory = BridgeFactory(registry: registry, options: options)
        factory.makeCounter(label: "x", dimensions: []).increment(by: 1)
        for number in 0..<100 {
            factory.makeCounter(label: "x", dimensions: [("user\(number)", "1")]).increment(by: 1)
        }
        let found = samples().filter { $0.key.hasPrefix("x_") }
        #expect(found == ["x_total{}": 1, "x_total{user0=1}": 1, "x_total{user1=1}": 1, "x_total{user0=_other}": 98])
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

    @Test("a series stays as long as one of its handlers does, and stays when they are only forgotten")
    func handlers() {
        let factory = BridgeFactory(registry: registry)
        let first = factory.makeCounter(label: "x", dimensions: [("a", "1")])
        let second = factory.makeCounter(label: "x", dimensions: [("a", "1")])
        factory.makeCounter(label: "x", dimensions: [("a", "1")]).increment(by: 1)
        factory.destroyCounter(first)
        factory.destroyCounter(first)
        second.increment(by: 1)
        #expect(samples()["x_total{a=1}"] == 2)
        factory.destroyCounter(second)
        #expect(samples()["x_total{a=1}"] == nil)
        second.increment(by: 1)
        factory.makeCounter(label: "x", dimensions: [("a", "1")]).increment(by: 1)
        #expect(samples()["x_total{a=1}"] == 1)
    }

    @Test("destroying a handler in the overflow series leaves that series to the others")
    func overflowStays() {
        var options = BridgeFactory.Options()
        options.maxSeriesPerFamily = 1
        let factory = BridgeFactory(registry: registry, options: options)
        let all = (0..<3).map { factory.makeCounter(label: "x", dimensions: [("a", "\($0)")]) }
        for handler in all { handler.increment(by: 1) }
        factory.destroyCounter(all[1])
        #expect(samples()["x_total{a=_other}"] == 2)
    }

    @Test("timers are seconds whatever unit the program prefers or writes into the name")
    func timers() {
        let factory = BridgeFactory(registry: registry)
        let timer = CoreMetrics.Timer(label: "a", preferredDisplayUnit: .milliseconds, factory: factory)
        timer.recordSeconds(2)
        timer.recordNanoseconds(Int64.max)
        factory.makeTimer(label: "b_ms", dimensions: []).recordNanoseconds(1_000_000)
        factory.makeTimer(label: "c.nanoseconds", dimensions: []).recordNanoseconds(1_000_000)
        factory.makeTimer(label: "d_seconds", dimensions: []).recordNanoseconds(1_000_000)
        let found = samples()
        #expect(found["a_seconds_count{}"] == 2 && found["a_seconds_bucket{le=2.5}"] == 1)
        for name in ["b", "c", "d"] { #expect(found["\(name)_seconds_sum{}"] == 0.001) }
    }

    @Test("buckets, native histograms and help can be chosen for each label")
    func options() throws {
        var options = BridgeFactory.Options()
        options.bucketsByLabel = ["a": [7]]
        options.helpByLabel = ["a": "Seven."]
        options.timerNative = NativeHistogramOptions()
        let factory = BridgeFactory(registry: registry, options: options)
        factory.makeTimer(label: "a", dimensions: []).recordNanoseconds(8_000_000_000)
        factory.makeRecorder(label: "b", dimensions: [], aggregate: true).record(8 as Double)
        let found = samples()
        #expect(found["a_seconds_bucket{le=7}"] == 0 && found["a_seconds_bucket{le=+Inf}"] == 1)
        #expect(found["b_bucket{le=10}"] == 1)
        let text = String(decoding: registry.render(.prometheusText004), as: UTF8.self)
        #expect(text.contains("# HELP a_seconds Seven.\n"))
    }

    @Test("mapping and task-local factories work over the bridge")
    func otherFactories() async {
        let factory = BridgeFactory(registry: registry)
        let mapped = factory.withLabelAndDimensionsMapping { ("app." + $0, $1 + [("zone", "eu")]) }
        await withMetricsFactory(mapped) {
            let counter = CoreMetrics.Counter(label: "x")
            counter.increment(by: 3)
            await Task { CoreMetrics.Counter(label: "x").increment() }.value
            CoreMetrics.Gauge(label: "y").record(1)
            let meter = Meter(label: "z")
            meter.set(1)
            meter.destroy()
        }
        let found = samples()
        #expect(found["app_x_total{zone=eu}"] == 4 && found["app_y{zone=eu}"] == 1 && found["app_z{zone=eu}"] == nil)
    }

    @Test("names become legal whatever they were", arguments: ["", "1", "é☃", "a b", "le", "__x", "quantile", ":"])
    func mapping(_ name: String) {
        let factory = BridgeFactory(registry: registry)
        factory.makeCounter(label: name, dimensions: [(name, "v")]).increment(by: 1)
        factory.makeTimer(label: name, dimensions: [(name, "v")]).recordNanoseconds(1)
        #expect(samples()["t_metrics_rejected_total{reason=declaration}"] == nil)
        #expect(!NameMapping.dimension(name).hasPrefix("__") || NameMapping.dimension(name).isEmpty)
    }

    @Test("a destroyed handler whose dimension is _other leaves the overflow series to those that write there")
    func overflowNamed() {
        var options = BridgeFactory.Options()
        options.maxSeriesPerFamily = 1
        options.maxLabelSetsPerName = 1
        let factory = BridgeFactory(registry: registry, options: options)
        let all = (0..<3).map { factory.makeCounter(label: "x", dimensions: [("a", "\($0)")]) }
        let named = factory.makeCounter(label: "x", dimensions: [("a", "_other")])
        let folded = factory.makeCounter(label: "x", dimensions: [("b", "1")])
        for handler in all + [named, folded] { handler.increment(by: 1) }
        factory.destroyCounter(named)
        factory.destroyCounter(folded)
        for handler in all { handler.increment(by: 1) }
        #expect(samples()["x_total{a=0}"] == 2 && samples()["x_total{a=_other}"] == 6)
    }
}
