import Locking
import TestSupport
import Testing

@testable import GatewayMetrics

/// A family against a dictionary, with a clock: lookups, counting, removal, expiry and overflow in random order.
@Suite("Family against a model")
struct TableModelTests {
    private struct Entry {
        var count: UInt64 = 0
        /// When a sweep saw the last change; nil when none has seen it yet.
        var changed: UInt64?
    }

    @Test("a family does what a dictionary with a limit and an expiry does", arguments: [8, 60, 1000])
    func random(limit: Int) throws {
        var random = SeededGenerator.forTest()
        let clock = TestClock()
        let registry = MetricsRegistry(prefix: "t", shards: 1, clock: { clock.nanos })
        let family = try registry.counter(
            "a_total", help: "", labels: ["x", "y"], limit: limit, idleExpirySeconds: 30)
        let ids = (0...30).map { registry.intern("x\($0)") }
        let cache = family.cache(maxEntries: 32)
        var model: [[String]: Entry] = [:]
        var overflowed: UInt64 = 0
        for step in 0..<6000 {
            let (a, b) = (random.int(0...30), random.int(0...30))
            // `y` has few values: in an overflow series it may keep its own.
            let key = ["x\(a)", "x\(b % 4)"]
            switch random.int(0...19) {
            case 0:
                #expect(family.remove([key[0], key[1]]) == (model.removeValue(forKey: key) != nil))
            case 1:
                let value = "x\(b % 4)"
                let expected = model.keys.filter { $0[1] == value }.count
                let hasOverflow = overflowed > 0
                let removed = family.remove("y", equals: value)
                #expect(hasOverflow ? removed >= expected : removed == expected)
                model = model.filter { $0.key[1] != value }
            case 2:
                clock.advance(UInt64(random.int(1...8)) * 1_000_000_000)
                let now = clock.nanos
                registry.sweep()
                model = model.filter { now - ($0.value.changed ?? now) < 30_000_000_000 }
                for key in model.keys where model[key]?.changed == nil { model[key]?.changed = now }
            default:
                let child = random.oneIn(3) ? cache.child([ids[a], ids[b % 4]]) : family.bind([key[0], key[1]])
                child.increment(on: random.oneIn(2) ? .shared : Shard(owned: 1))
                if model[key] != nil || model.count < limit && restHasRoom(family) {
                    model[key, default: Entry()].count += 1
                    model[key]?.changed = nil
                    #expect(child.value == model[key]?.count)
                } else {
                    overflowed += 1
                }
            }
            if step % 100 == 0 { #expect(family.store.table.brokenInvariant == nil) }
        }
        #expect(family.store.table.brokenInvariant == nil)
        #expect(limit < 100 ? overflowed > 0 : overflowed == 0)
    }

    private func restHasRoom(_ family: CounterFamily<2>) -> Bool {
        let table = family.store.table
        return table.state.withLock { $0.quarantine.count } < table.limits.rest
    }
}
