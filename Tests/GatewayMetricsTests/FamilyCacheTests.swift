import GatewayMetrics
import TestSupport
import Testing

@Suite("Interned values and caches")
struct FamilyCacheTests {
    private let registry = MetricsRegistry(prefix: "t", shards: 1)

    private func value(_ name: String, _ labels: [String]) -> Double? {
        var found: Double?
        registry.forEachSample { sample, pairs, value in
            if sample == name, pairs.map(\.value) == labels { found = value }
        }
        return found
    }

    @Test("interning gives the same id for the same text, and the text back")
    func interning() {
        let values = ["", "a", "é☃", String(repeating: "x", count: 300), "_other"]
        let ids = values.map { registry.intern($0) }
        #expect(values.map { registry.intern($0) } == ids && Set(ids).count == values.count)
        #expect(ids.map { registry.text(of: $0) } == values)
        #expect(ids[4] == .other)
    }

    @Test("a cache and a bind by strings give the same children")
    func sameChildren() throws {
        let family = try registry.counter("r_total", help: "", labels: ["a", "b", "c"])
        let cache = family.cache()
        let ids = (0..<12).map { registry.intern("v\($0)") }
        for round in 1...3 {
            for a in 0..<12 {
                for b in 0..<12 {
                    for c in 0..<12 {
                        cache.child([ids[a], ids[b], ids[c]]).increment()
                        let child = family.bind(["v\(a)", "v\(b)", "v\(c)"])
                        child.increment()
                        #expect(child.value == UInt64(2 * round))
                    }
                }
            }
        }
    }

    @Test("families with any number of labels have caches")
    func arities() throws {
        let ids = (0..<5).map { registry.intern("v\($0)") }
        let none = try registry.gauge("g0", help: "", labels: [] as InlineArray<0, String>).cache()
        none.child([]).set(1)
        none.child([]).add(1)
        let one = try registry.gauge("g1", help: "", labels: ["a"]).cache()
        one.child([ids[1]]).set(2)
        let five = try registry.gauge("g5", help: "", labels: ["a", "b", "c", "d", "e"]).cache()
        five.child([ids[0], ids[1], ids[2], ids[3], ids[4]]).set(3)
        five.child([ids[0], ids[1], ids[2], ids[4], ids[3]]).set(4)
        #expect(value("g0", []) == 2 && value("g1", ["v1"]) == 2)
        #expect(value("g5", ["v0", "v1", "v2", "v3", "v4"]) == 3)
        #expect(value("g5", ["v0", "v1", "v2", "v4", "v3"]) == 4)
    }

    @Test("a child whose series was removed is looked up again")
    func removal() throws {
        let family = try registry.counter("r_total", help: "", labels: ["a"])
        let cache = family.cache()
        let id = registry.intern("x")
        cache.child([id]).increment(by: 5)
        family.remove(["x"])
        cache.child([id]).increment(by: 2)
        #expect(value("r_total", ["x"]) == 2)
    }

    @Test("an overflow child is not remembered: there may be room the next time")
    func overflow() throws {
        let family = try registry.counter("r_total", help: "", labels: ["a"], limit: 1)
        let cache = family.cache()
        let (first, second) = (registry.intern("x"), registry.intern("y"))
        cache.child([first]).increment()
        cache.child([second]).increment()
        family.remove(["x"])
        cache.child([second]).increment(by: 7)
        #expect(value("r_total", ["_other"]) == 1 && value("r_total", ["y"]) == 7)
    }

    @Test("a cache that is too small for its children still gives the right ones")
    func small() throws {
        var random = SeededGenerator.forTest()
        let family = try registry.counter("r_total", help: "", labels: ["a", "b"])
        let cache = family.cache(maxEntries: 16)
        let ids = (0..<40).map { registry.intern("v\($0)") }
        var model: [String: Double] = [:]
        for _ in 0..<20_000 {
            let (a, b) = (random.int(0...39), random.int(0...39))
            cache.child([ids[a], ids[b]]).increment()
            model["v\(a) v\(b)", default: 0] += 1
            if random.oneIn(50) {
                family.remove(["v\(a)", "v\(b)"])
                model["v\(a) v\(b)"] = nil
            }
        }
        var exposed: [String: Double] = [:]
        registry.forEachSample { name, labels, value in
            if name == "r_total" { exposed[labels.map(\.value).joined(separator: " ")] = value }
        }
        #expect(exposed == model)
    }

    @Test("interned values are bounded; beyond they are _other, and that is counted")
    func bounded() throws {
        for number in 0..<65_535 { #expect(registry.intern("\(number)") != .other) }
        #expect(registry.intern("one more") == .other)
        #expect(registry.intern("7") != .other)
        #expect(value("t_metrics_rejected_total", ["intern_full"]) == 1)
        let other = MetricsRegistry(prefix: "o", shards: 0)
        #expect(other.intern(String(repeating: "x", count: 9 << 20)) == .other)
        // An id of another registry is no danger.
        let family = try other.counter("r_total", help: "", labels: ["a"])
        family.cache().child([registry.intern("65534")]).increment()
        #expect(family.bind(["_other"]).value == 1)
    }
}
