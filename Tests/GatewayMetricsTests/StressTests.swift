import Exposition
import Foundation
import TestSupport
import Testing

@testable import GatewayMetrics

/// Everything at once, for thread sanitizer.
@Suite("Threads on one family")
struct StressTests {
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

    @Test("lookups, creation, removal, overflow, expiry and scrapes at once leave the family whole")
    func everything() throws {
        let clock = TestClock()
        let registry = MetricsRegistry(prefix: "t", shards: 6, clock: { clock.nanos })
        let family = try registry.counter(
            "a_total", help: "", labels: ["tenant", "cell"], limit: 300, idleExpirySeconds: 2)
        let ids = (0..<400).map { registry.intern("tenant-\($0)") }
        let cells = ["erp", "a cell with a name longer than sixteen bytes"]
        let cellIDs = cells.map { registry.intern($0) }
        onThreads(6) { number in
            var random = SeededGenerator(seed: UInt64(number))
            let own = Shard(owned: number + 1)
            let cache = family.cache(maxEntries: 64)
            for step in 0..<6000 {
                let (tenant, cell) = (random.int(0...399), random.int(0...1))
                switch number {
                case 0 where step % 100 == 0:
                    let mode: ExpositionParser.Mode = .prometheusText
                    #expect(throws: Never.self) {
                        try ExpositionParser.parse(registry.render(.prometheusText004), mode: mode)
                    }
                case 1 where step % 200 == 0:
                    // Less than the rest of removed series in all: nothing is used again while another looks.
                    clock.advance(1_900_000_000)
                    registry.sweep()
                case 2 where step % 50 == 0:
                    family.remove("tenant", equals: "tenant-\(tenant)")
                case 3:
                    cache.child([ids[tenant], cellIDs[cell]]).increment(on: own)
                default:
                    family.bind(["tenant-\(tenant)", cells[cell]]).increment(on: own)
                    if random.oneIn(8) { family.remove(["tenant-\(tenant)", cells[cell]]) }
                }
            }
        }
        #expect(family.store.table.brokenInvariant == nil)
    }

    @Test("what threads count through lookups while the family grows is all there")
    func growth() throws {
        let registry = MetricsRegistry(prefix: "t", shards: 0)
        let family = try registry.counter("a_total", help: "", labels: ["tenant"], limit: 3000)
        onThreads(4) { number in
            for step in 0..<3000 {
                family.bind(["tenant-\((step * 7 + number * 13) % 3000)"]).increment()
                family.bind(["tenant-\(step / 2)"]).increment()
            }
        }
        var total = 0.0
        var series = 0
        registry.forEachSample { name, _, value in
            if name == "a_total" { (total, series) = (total + value, series + 1) }
        }
        #expect(total == 24_000 && series == 3000)
        #expect(family.store.table.brokenInvariant == nil)
    }

    @Test("a family that is full loses no count of a flood")
    func flood() throws {
        let registry = MetricsRegistry(prefix: "t", shards: 0)
        let family = try registry.counter("a_total", help: "", labels: ["tenant", "cell"], limit: 100)
        onThreads(4) { number in
            for step in 0..<5000 { family.bind(["t\(number)-\(step)", "erp"]).increment() }
        }
        var total = 0.0
        registry.forEachSample { name, _, value in if name == "a_total" { total += value } }
        #expect(total == 20_000)
        #expect(family.store.seriesCount <= 100 + 100 / 8 + 5)
        #expect(family.store.table.brokenInvariant == nil)
    }
}
