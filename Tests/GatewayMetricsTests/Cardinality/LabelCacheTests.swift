import TestSupport
import Testing

@testable import GatewayMetrics

@Suite("A thread's copy of the places")
struct LabelCacheTests {
    private func label(provisioned: [String] = [], places: Int, clock: ManualClock = ManualClock()) -> BoundedLabel {
        var policy = LabelPolicy(provisioned: provisioned, places: places)
        policy.windowNanos = 60_000_000_000
        return BoundedLabel("tenant", policy: policy, clock: { clock.nanos })
    }

    @Test("none, the reserved values and values that are too long have their fixed places")
    func fixedPlaces() {
        let label = label(provisioned: ["p"], places: 10)
        let cache = label.makeCache()
        #expect(cache.find("") == .none && cache.find("_none") == .none && cache.find("_other") == .other)
        #expect(cache.find(String(repeating: "x", count: 65)) == .other)
        #expect(cache.find("p").index == 2 && label.text(of: cache.find("p")) == "p")
        #expect(label.text(of: .none) == "_none" && label.text(of: .other) == "_other")
        #expect(label.text(of: LabelPlace(index: 9999, generation: 1)) == nil)
        #expect(label.text(of: LabelPlace(index: -1, generation: 1)) == nil)
    }

    @Test("one thread's new place is every thread's at its next request")
    func sharedPlaces() {
        let label = label(places: 10)
        let caches = (0..<3).map { _ in label.makeCache() }
        let place = caches[0].find("acme")
        #expect(label.text(of: place) == "acme")
        for cache in caches { #expect(cache.find("acme", count: 0) == place) }
    }

    @Test("asking without a request gives no place")
    func onlyAsking() {
        let label = label(places: 10)
        let cache = label.makeCache()
        for _ in 0..<500 { #expect(cache.find("acme", count: 0) == .other) }
        cache.flush()
        #expect(label.occupancy.placed == 0 && label.overflow == 0)
    }

    @Test("a thread that is far behind copies everything")
    func farBehind() {
        let label = label(places: 4000)
        let busy = label.makeCache()
        let late = label.makeCache()
        var places: [LabelPlace] = []
        for number in 0..<1500 { places.append(busy.find("t\(number)")) }
        for number in 0..<1500 { #expect(late.find("t\(number)") == places[number]) }
    }

    @Test("a demotion reaches all threads at their next request, and so does the return")
    func demotion() throws {
        let clock = ManualClock()
        let label = label(places: 1, clock: clock)
        let first = label.makeCache()
        let second = label.makeCache()
        let place = first.find("small")
        #expect(second.find("small") == place)
        clock.advance(seconds: 200)
        for _ in 0..<300 { _ = second.find("big") }
        second.flush()
        #expect(first.find("small") == .other && second.find("small") == .other)
        let big = first.find("big")
        #expect(label.text(of: big) == "big" && label.text(of: place) == "small")
        clock.advance(seconds: 200)
        for _ in 0..<300 { _ = first.find("small") }
        first.flush()
        #expect(second.find("small") == place && second.find("big") == .other)
        #expect(label.occupancy == (placed: 1, frozen: 1))
    }

    @Test("requests of placed values are known to the policy from all threads")
    func activity() {
        let clock = ManualClock()
        let label = label(places: 1, clock: clock)
        let first = label.makeCache()
        let second = label.makeCache()
        _ = first.find("steady")
        clock.advance(seconds: 130)
        for _ in 0..<1000 {
            _ = first.find("steady")
            _ = second.find("steady")
        }
        first.flush()
        second.flush()
        // 2,000 in this window: 2,500 are asked for.
        for _ in 0..<2400 { _ = second.find("other") }
        second.flush()
        #expect(label.occupancy.frozen == 0)
        for _ in 0..<200 { _ = second.find("other") }
        second.flush()
        #expect(label.occupancy.frozen == 1)
    }

    @Test("what goes to _other is counted, by request")
    func overflow() {
        let label = label(places: 2)
        var cache: LabelCache? = label.makeCache()
        _ = cache?.find("placed")
        for number in 0..<1000 { #expect(cache?.find("x\(number)") == .other) }
        _ = cache?.find("y", count: 7)
        _ = cache?.find("_other")
        #expect(label.overflow <= 1008 && label.overflow > 900)
        cache = nil
        #expect(label.overflow == 1008)
    }

    @Test("the bound is stated: for 200 places, 4,096 counters and four threads less than a mebibyte")
    func statedMemory() {
        let label = label(places: 200)
        #expect(label.memoryBound(threads: 4) < 1 << 20)
        #expect(label.policy.valueBound == 302)
        let summary = label.summary(threads: 4)
        #expect(summary.contains { $0.key == "memory_bound_bytes" && $0.value == "\(label.memoryBound(threads: 4))" })
        #expect(summary.contains { $0.key == "values_at_most" && $0.value == "302" })
    }

    @Test("bytes that are no text are _other, also while places are open")
    func invalidText() {
        let label = label(places: 10)
        let cache = label.makeCache()
        for last in UInt8(0x80)...0xff {
            for length in 0...17 {
                let bytes = Array(repeating: UInt8(0x61), count: length) + [last]
                bytes.withUnsafeBytes { #expect(cache.find($0) == .other) }
            }
        }
        #expect(cache.find("größe") != .other && label.occupancy.placed == 1)
    }

    @Test("settings out of range are taken as the nearest that works")
    func clampedPolicy() {
        var policy = LabelPolicy(places: -5, frozenPlaces: -1, longestValueBytes: 0)
        policy.counters = 0
        policy.windowNanos = 0
        policy.guaranteedCount = 0
        let label = BoundedLabel("x", policy: policy, clock: { 0 })
        let cache = label.makeCache()
        #expect(cache.find("a") == .other && label.policy.valueBound == 2)
        cache.flush()
    }
}
