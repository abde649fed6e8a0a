import Dispatch
import Locking
import Testing

@testable import GatewayMetrics

@Suite("What a registry says about itself")
struct OwnMetricsTests {
    private let registry = MetricsRegistry(prefix: "t", shards: 1)

    private func overflow() -> [String: Double] {
        var found: [String: Double] = [:]
        registry.forEachSample { name, pairs, value in
            if name == "t_metrics_overflow_total" { found[pairs[0].value] = value }
        }
        return found
    }

    @Test("labels beyond the hundredth are summed under _other")
    func manyLabels() throws {
        for number in 0..<OwnMetrics.maxLabels + 5 {
            let family = try registry.counter("r\(number)_total", help: "", labels: ["l\(number)"], limit: 1)
            _ = family.bind(["first"])
            for _ in 0..<10 { family.bind(["x"]).increment() }
            if number == OwnMetrics.maxLabels { #expect(overflow()["_other"] == 10) }
        }
        for _ in 0..<3 {
            let counts = overflow()
            #expect(counts.count == OwnMetrics.maxLabels + 1)
            // The label of the overflow's own family overflowed as well.
            let label = registry.refusals.overflowCounter(label: "label").value
            #expect(label > 0)
            #expect(counts.values.reduce(0, +) >= 1050 && counts.values.reduce(0, +) <= 1050 + Double(label))
        }
    }

    @Test("what several scrapes at the same time read never goes back")
    func concurrent() throws {
        let family = try registry.counter("r_total", help: "", labels: ["a"], limit: 1)
        _ = family.bind(["first"])
        let mistakes = Locked(0)
        DispatchQueue.concurrentPerform(iterations: 4) { _ in
            var last: UInt64 = 0
            let counter = registry.own.withLock { $0 }?.counterForTest(label: "a")
            for _ in 0..<3000 {
                family.bind(["x"]).increment()
                registry.prepareScrape()
                let value = counter?.value ?? 0
                if value < last { mistakes.withLock { $0 += 1 } }
                last = value
            }
        }
        #expect(mistakes.withLock { $0 } == 0)
        #expect(overflow()["a"] == 12_000)
    }
}

extension OwnMetrics {
    fileprivate func counterForTest(label: String) -> Counter { overflow.bind([label]) }
}
