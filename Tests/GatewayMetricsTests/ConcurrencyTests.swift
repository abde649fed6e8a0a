import Exposition
import Foundation
import GatewayMetrics
import TestSupport
import Testing

@Suite("Threads")
struct ConcurrencyTests {
    /// Runs `body` on `count` threads at once and waits for all.
    private func onThreads(_ count: Int, _ body: @escaping @Sendable (Int) -> Void) {
        let group = DispatchGroup()
        for number in 0..<count {
            group.enter()
            let thread = Thread {
                body(number)
                group.leave()
            }
            thread.start()
        }
        group.wait()
    }

    @Test("no increment is lost: owned shards by one thread each, the shared one by all")
    func increments() throws {
        let registry = MetricsRegistry(prefix: "t", shards: 4)
        let counter = try registry.counter("a_total", help: "")
        let gauge = try registry.gauge("g", help: "")
        let histogram = try registry.histogram("h", help: "", buckets: [1, 2])
        onThreads(4) { number in
            let own = Shard(owned: number + 1)
            for step in 0..<20_000 {
                let shard = step % 2 == 0 ? own : .shared
                counter.increment(on: shard)
                gauge.add(1, on: shard)
                histogram.observe(1.5, on: shard)
            }
        }
        #expect(counter.value == 80_000)
        #expect(gauge.value == 80_000)
        #expect(histogram.count == 80_000 && histogram.sum == 120_000)
    }

    @Test("scrapes stay valid while series come, count and go")
    func churn() throws {
        let registry = MetricsRegistry(prefix: "t", shards: 3)
        let counters = try registry.counter("a_total", help: "", labels: ["l"], limit: 500)
        let histograms = try registry.histogram("h", help: "", labels: ["l"], buckets: [1, 2], limit: 500)
        onThreads(4) { number in
            if number == 3 {
                for round in 0..<60 {
                    let format: ExpositionFormat = round % 2 == 0 ? .prometheusText004 : .openMetrics100
                    let mode: ExpositionParser.Mode = round % 2 == 0 ? .prometheusText : .openMetrics
                    #expect(throws: Never.self) {
                        try ExpositionParser.parse(registry.render(format), mode: mode)
                    }
                }
                return
            }
            var random = SeededGenerator(seed: UInt64(number))
            let own = Shard(owned: number + 1)
            for _ in 0..<1500 {
                let label = "v\(random.int(0...700))"
                counters.bind([label]).increment(on: own)
                histograms.bind([label]).observe(1.5, on: own)
                if random.oneIn(4) { counters.remove([label]) }
                if random.oneIn(4) { histograms.remove([label]) }
            }
        }
    }

    @Test("all threads that bind the same labels get the same cells")
    func binding() throws {
        let registry = MetricsRegistry(prefix: "t", shards: 1)
        let family = try registry.counter("a_total", help: "", labels: ["l"])
        onThreads(4) { _ in
            for number in 0..<2000 { family.bind(["v\(number % 300)"]).increment() }
        }
        var total = 0.0
        registry.forEachSample { name, _, value in if name == "a_total" { total += value } }
        #expect(total == 8000)
    }
}
