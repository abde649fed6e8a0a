import Exposition
import Foundation
import Locking
import TestSupport
import Testing

@testable import GatewayMetrics

@Suite("A bounded label over families")
struct BoundedLabelTests {
    /// A registry with two families under one bounded label, and what two threads would keep.
    private final class Fixture {
        let clock = ManualClock()
        let registry: MetricsRegistry
        let requests: CounterFamily<2>
        let bytes: CounterFamily<1>
        let label: BoundedLabel
        let caches: [LabelCache]
        private var children: [[LabelPlace: (Counter, Counter)]]

        init(places: Int, frozen: Int? = nil, provisioned: [String] = [], threads: Int = 2) throws {
            let clock = clock
            registry = MetricsRegistry(prefix: "t", shards: threads, clock: { clock.nanos })
            requests = try registry.counter("r_total", help: "", labels: ["cell", "tenant"])
            bytes = try registry.counter("b_total", help: "", labels: ["tenant"])
            var policy = LabelPolicy(provisioned: provisioned, places: places, frozenPlaces: frozen)
            policy.windowNanos = 60_000_000_000
            policy.counters = 128
            let label = registry.boundedLabel("tenant", policy: policy)
            try label.govern(requests)
            try label.govern(bytes)
            self.label = label
            caches = (0..<threads).map { _ in label.makeCache() }
            children = Array(repeating: [:], count: threads)
        }

        /// One request, as a thread would count it.
        @discardableResult
        func request(_ name: String, thread: Int = 0) -> String {
            let place = caches[thread].find(name)
            let text = label.text(of: place) ?? "?"
            let pair = children[thread][place] ?? (requests.bind(["erp", text]), bytes.bind([text]))
            children[thread][place] = pair
            pair.0.increment(on: Shard(owned: thread + 1))
            pair.1.increment(by: 10, on: Shard(owned: thread + 1))
            return text
        }

        /// What a scrape shows of `r_total`, by tenant.
        func scrape() -> [String: Double] {
            var values: [String: Double] = [:]
            registry.forEachSample { name, labels, value in
                if name == "r_total" { values[labels[1].value] = value }
            }
            return values
        }
    }

    @Test("a vanished value's series go from all families, and a later return starts new ones")
    func vanishing() throws {
        let fixture = try Fixture(places: 1)
        for _ in 0..<50 { fixture.request("small") }
        fixture.clock.advance(seconds: 200)
        for _ in 0..<500 { fixture.request("big", thread: 1) }
        #expect(fixture.request("small") == "_other" && fixture.scrape()["small"] == 50)
        fixture.clock.advance(seconds: 3599)
        #expect(fixture.scrape()["small"] == 50)
        fixture.clock.advance(seconds: 1)
        #expect(fixture.scrape()["small"] == nil)
        let page = String(decoding: fixture.registry.render(.prometheusText004), as: UTF8.self)
        #expect(!page.contains("\"small\"") && page.contains("b_total{tenant=\"big\"}"))
        #expect(fixture.label.occupancy == (placed: 1, frozen: 0))
        for _ in 0..<500 { fixture.request("small") }
        let value = try #require(fixture.scrape()["small"])
        #expect(value > 0 && value < 500)
    }

    @Test("a value that returns within the hour counts on")
    func comeback() throws {
        let fixture = try Fixture(places: 1)
        for _ in 0..<50 { fixture.request("small") }
        fixture.clock.advance(seconds: 200)
        for _ in 0..<500 { fixture.request("big", thread: 1) }
        fixture.clock.advance(seconds: 3000)
        for _ in 0..<500 { fixture.request("small") }
        let value = try #require(fixture.scrape()["small"])
        #expect(value > 50)
        fixture.clock.advance(seconds: 1000)
        #expect(fixture.scrape()["small"] == value)
    }

    @Test("a flood of values takes the half that is open; the rest is _other and counts as overflow")
    func flood() throws {
        let fixture = try Fixture(places: 200, provisioned: ["acme"])
        var random = SeededGenerator.forTest(seed: 9)
        let count = 100_000
        for number in 0..<count {
            _ = fixture.caches[number & 1].find(String(random.next(), radix: 36))
            if number % 1000 == 0 { fixture.request("acme") }
        }
        for cache in fixture.caches { cache.flush() }
        let values = fixture.scrape()
        #expect(values.count <= fixture.label.policy.valueBound && values["acme"] == 100)
        var overflow = 0
        fixture.registry.forEachSample { name, labels, value in
            if name == "t_metrics_overflow_total", labels[0].value == "tenant" { overflow = Int(value) }
        }
        #expect(overflow == count - 100 && fixture.label.occupancy == (placed: 100, frozen: 0))
        fixture.label.table.withLock { #expect($0.brokenInvariant == nil) }
    }

    @Test("a model: what each name shows is exactly what was counted under it while it stands")
    func model() throws {
        var random = SeededGenerator.forTest(seed: 31)
        for _ in 0..<6 {
            let fixture = try Fixture(places: random.int(1...8), frozen: random.int(0...5), provisioned: ["p"])
            // What each standing series must show: all that was ever counted under its name, since it stands.
            var counted: [String: Double] = [:]
            for _ in 0..<600 {
                let busy = random.int(0...12)
                for _ in 0..<random.int(1...400) {
                    let tenant = random.oneIn(2) ? busy : random.int(0...12)
                    let name = random.oneIn(4) ? "x\(random.int(0...5000))" : "t\(tenant)"
                    let text = fixture.request(random.oneIn(9) ? "p" : name, thread: random.int(0...1))
                    counted[text, default: 0] += 1
                }
                fixture.clock.advance(seconds: UInt64(random.oneIn(25) ? random.int(1000...4000) : random.int(0...90)))
                let now = fixture.scrape()
                #expect(now.count <= fixture.label.policy.valueBound)
                #expect(["_other", "p"].allSatisfy { now[$0] == counted[$0] })
                counted = counted.filter { now[$0.key] != nil }
                #expect(now == counted)
                fixture.label.table.withLock { #expect($0.brokenInvariant == nil) }
            }
        }
    }

    @Test("threads that count while values come, go and vanish: nothing is lost or counted twice")
    func concurrency() throws {
        let threads = 3
        let fixture = try Fixture(places: 4, frozen: 4, threads: threads)
        let label = fixture.label
        let requests = fixture.requests
        let counted = Counts()
        let workers = (0..<threads).map { thread in
            Thread {
                let cache = label.makeCache()
                var random = SeededGenerator(seed: UInt64(thread))
                let shard = Shard(owned: thread + 1)
                for step in 0..<30_000 {
                    let busy = step / 3000
                    let place = cache.find("t\(random.oneIn(2) ? busy : random.int(0...3000))")
                    requests.bind(["erp", label.text(of: place) ?? "?"]).increment(on: shard)
                    counted.add()
                }
                cache.flush()
                counted.finish()
            }
        }
        for worker in workers { worker.start() }
        // Less than an hour altogether, so that nothing vanishes yet.
        var minutes = 0
        while counted.finished < threads {
            if minutes < 58 { fixture.clock.advance(seconds: 60) }
            minutes += 1
            #expect(fixture.scrape().count <= fixture.label.policy.valueBound)
        }
        #expect(fixture.scrape().values.reduce(0, +) == Double(counted.total))
        fixture.clock.advance(seconds: 7200)
        #expect(fixture.scrape().count <= 4 + 2 && fixture.label.occupancy.frozen == 0)
        fixture.label.table.withLock { #expect($0.brokenInvariant == nil) }
    }
}
