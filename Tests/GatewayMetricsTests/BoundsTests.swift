import Locking
import TestSupport
import Testing

@testable import GatewayMetrics

@Suite("Stated bounds")
struct BoundsTests {
    @Test("the limit of series adds up families and their overflow series")
    func seriesLimit() throws {
        let registry = MetricsRegistry(prefix: "t", shards: 0)
        // The registry's own families.
        let own = try #require(registry.seriesLimit)
        #expect(own > 0 && own < 200)
        _ = try registry.counter("a_total", help: "")
        #expect(try #require(registry.seriesLimit) == own + 2)
        _ = try registry.gauge("b", help: "", labels: ["x"], limit: 100)
        let before = try #require(registry.seriesLimit)
        _ = try registry.gauge("c", help: "", labels: ["x", "y"], limit: 80)
        #expect(try #require(registry.seriesLimit) == before + 80 + 10 + 4 + 1)
        _ = try registry.gauge("d", help: "", labels: ["x"], limit: .max)
        #expect(registry.seriesLimit == nil && registry.memoryBound == nil)
    }

    @Test("memory stays below what the registry states, under a flood of long values and churn")
    func memory() throws {
        var random = SeededGenerator.forTest()
        let clock = TestClock()
        let registry = MetricsRegistry(prefix: "t", shards: 2, clock: { clock.nanos })
        let families = try (0..<3).map { number in
            try registry.counter("a\(number)_total", help: "", labels: ["x", "y"], limit: 500)
        }
        let bound = try #require(registry.memoryBound)
        for step in 0..<10_000 {
            let value = String(repeating: "v", count: random.int(0...(random.oneIn(9) ? 2000 : 40))) + "\(step)"
            let family = families[step % 3]
            family.bind([value, "\(step % 7)"]).increment()
            if random.oneIn(2) { family.remove([value, "\(step % 7)"]) }
            if random.oneIn(300) { clock.advance(40_000_000_000) }
        }
        let records = families.reduce(0) { $0 + $1.store.table.state.withLock { $0.arena.usedBytes } }
        #expect(registry.cellBytes + records <= bound)
        for family in families { #expect(family.store.table.brokenInvariant == nil) }
        #expect(bound < 24 << 20)
    }
}
