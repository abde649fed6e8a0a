import Exposition
import Synchronization
import TestSupport
import Testing

@testable import GatewayMetrics

@Suite("Bounded series")
struct CardinalityTests {
    private func value(_ registry: MetricsRegistry, _ name: String, _ labels: [String] = []) -> Double? {
        var found: Double?
        registry.forEachSample { sample, pairs, value in
            if sample == name, pairs.map(\.value) == labels { found = value }
        }
        return found
    }

    @Test("beyond the limit new label sets share the overflow series, and the label to blame is counted")
    func overflow() throws {
        let registry = MetricsRegistry(prefix: "t", shards: 1)
        let family = try registry.counter("r_total", help: "", labels: ["cell", "tenant"], limit: 10)
        for number in 0..<1000 { family.bind(["erp", "tenant-\(number)"]).increment() }
        #expect(value(registry, "r_total", ["erp", "tenant-9"]) == 1)
        #expect(value(registry, "r_total", ["erp", "tenant-10"]) == nil)
        #expect(value(registry, "r_total", ["erp", "_other"]) == 990)
        #expect(value(registry, "t_metrics_overflow_total", ["tenant"]) == 990)
        // Those who were there before still have their own.
        family.bind(["erp", "tenant-3"]).increment()
        #expect(value(registry, "r_total", ["erp", "tenant-3"]) == 2)
    }

    @Test("a wrong number of values gives a child that does nothing, and is counted")
    func arity() throws {
        let registry = MetricsRegistry(prefix: "t", shards: 1)
        let family = try registry.counter("r_total", help: "", labels: ["cell", "tenant"])
        let child = family.bind(values: ["only one"])
        child.increment(by: 5)
        child.increment(by: 5, on: Shard(owned: 1))
        #expect(child.value == 0)
        #expect(value(registry, "t_metrics_rejected_total", ["arity"]) == 1)
        #expect(!family.remove(values: []))
    }

    @Test("values that are too long are counted under the overflow series")
    func longValue() throws {
        let registry = MetricsRegistry(prefix: "t", shards: 1)
        let family = try registry.counter("r_total", help: "", labels: ["path"])
        family.bind([String(repeating: "x", count: 5000)]).increment()
        #expect(value(registry, "r_total", ["_other"]) == 1)
        #expect(value(registry, "t_metrics_rejected_total", ["label_value_too_long"]) == 1)
    }

    @Test("label sets that join to the same text are different series")
    func ambiguousValues() throws {
        let registry = MetricsRegistry(prefix: "t", shards: 1)
        let family = try registry.gauge("g", help: "", labels: ["a", "b"])
        family.bind(["x", "yz"]).set(1)
        family.bind(["xy", "z"]).set(2)
        family.bind(["", "xyz"]).set(3)
        #expect(value(registry, "g", ["x", "yz"]) == 1 && value(registry, "g", ["xy", "z"]) == 2)
    }

    @Test("a removed series vanishes, and old handles never write into another one")
    func removal() throws {
        let clock = TestClock()
        let registry = MetricsRegistry(prefix: "t", shards: 2, clock: { clock.nanos })
        let family = try registry.counter("r_total", help: "", labels: ["tenant"])
        let stale = family.bind(["old"])
        stale.increment(by: 5)
        #expect(family.remove(["old"]) && !family.remove(["old"]))
        #expect(value(registry, "r_total", ["old"]) == nil)
        // During the rest nothing is used again, afterwards the cells are.
        let early = family.bind(["early"])
        for _ in 0..<4 {
            clock.advance(RecordQuarantine.longestStepNanos)
            family.store.forEachRecord { _ in }
        }
        let bytes = registry.cellBytes
        let late = family.bind(["late"])
        for shard in [Shard.shared, Shard(owned: 1), Shard(owned: 2)] { stale.increment(by: 100, on: shard) }
        #expect(early.value == 0 && late.value == 0 && stale.value == 0)
        late.increment()
        #expect(value(registry, "r_total", ["late"]) == 1)
        #expect(registry.cellBytes == bytes)
    }

    @Test("removing and adding for ever needs no more cells")
    func churn() throws {
        let clock = TestClock()
        let registry = MetricsRegistry(prefix: "t", shards: 2, clock: { clock.nanos })
        let family = try registry.histogram("h", help: "", labels: ["tenant"], buckets: [1, 2, 3])
        for number in 0..<20_000 {
            let child = family.bind(["tenant-\(number)"])
            child.observe(2)
            #expect(child.count == 1)
            clock.advance(1_000_000_000)
            family.remove(["tenant-\(number)"])
        }
        #expect(registry.cellBytes < 64 * 1024)
    }

    @Test("an owned shard that the registry does not have counts in the shared one")
    func unknownShard() throws {
        let registry = MetricsRegistry(prefix: "t", shards: 1)
        let counter = try registry.counter("r_total", help: "")
        for index in [-1, 0, 2, 1024, 1025, .max, .min] { counter.increment(on: Shard(owned: index)) }
        counter.increment(on: Shard(owned: 1))
        #expect(counter.value == 8)
    }

    @Test("handles outlive their registry without harm")
    func lateHandle() throws {
        let counter = try MetricsRegistry(prefix: "t", shards: 1).counter("r_total", help: "")
        counter.increment()
        counter.increment(on: Shard(owned: 1))
    }
}
