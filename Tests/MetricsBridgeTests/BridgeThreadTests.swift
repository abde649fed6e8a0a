import CoreMetrics
import Dispatch
import Exposition
import GatewayMetrics
import MetricsBridge
import Testing

@Suite("swift-metrics bridge under many threads")
struct BridgeThreadTests {
    private let registry = MetricsRegistry(prefix: "t", shards: 0, threadShards: 4)

    private func value(_ name: String, _ label: String) -> Double? {
        var result: Double?
        registry.forEachSample { sample, labels, value in
            if sample == name, labels.map(\.value) == [label] { result = value }
        }
        return result
    }

    @Test("nothing is lost while others make, write and destroy series of the same names")
    func concurrent() {
        let factory = BridgeFactory(registry: registry)
        let rounds = 2000
        DispatchQueue.concurrentPerform(iterations: 8) { thread in
            for round in 0..<rounds {
                factory.makeCounter(label: "kept", dimensions: [("a", "\(round % 3)")]).increment(by: 1)
                let passing = factory.makeTimer(label: "passing", dimensions: [("a", "\(round % 5)")])
                passing.recordNanoseconds(1)
                factory.destroyTimer(passing)
                factory.makeMeter(label: "m\(round % 7)", dimensions: [("t\(thread)", "")]).increment(by: 1)
            }
        }
        let kept = (0..<3).compactMap { value("kept_total", "\($0)") }.reduce(0, +)
        #expect(kept == Double(8 * rounds))
        for number in 0..<5 { #expect(value("passing_seconds_count", "\(number)") == nil) }
        var meters = 0.0
        registry.forEachSample { name, _, value in if name.hasPrefix("m") { meters += value } }
        #expect(meters == Double(8 * rounds))
        #expect(value("t_metrics_rejected_total", "declaration") == 0)
    }

    @Test("a handler that a thread holds keeps its series while others destroy theirs")
    func held() {
        let factory = BridgeFactory(registry: registry)
        let held = factory.makeCounter(label: "x", dimensions: [("a", "1")])
        DispatchQueue.concurrentPerform(iterations: 8) { _ in
            for _ in 0..<1000 {
                let other = factory.makeCounter(label: "x", dimensions: [("a", "1")])
                other.increment(by: 1)
                factory.destroyCounter(other)
            }
        }
        held.increment(by: 1)
        #expect(value("x_total", "1") == 8001)
    }
}
