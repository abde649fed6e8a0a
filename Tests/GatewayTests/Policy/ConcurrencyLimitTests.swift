import Foundation
import TestSupport
import Testing

@testable import Gateway

@Suite struct ConcurrencyLimitTests {
    /// A cell that serves `capacity` requests at once in 10 ms each; more only wait. `demand` is kept in flight as far
    /// as the limit lets it.
    private func run(
        _ limit: inout ConcurrencyLimit, capacity: Int, demand: Int, seconds: Int, from: Int64 = 0
    ) -> Int64 {
        var now = from
        let end = from + Int64(seconds) * PolicyTime.second
        while now < end {
            let inFlight = min(limit.limit, demand)
            let latency = 10 * PolicyTime.millisecond * Int64(max(inFlight, capacity)) / Int64(capacity)
            now += latency / Int64(max(1, inFlight))
            _ = limit.on(latencyNanos: latency, inFlight: inFlight, isDropped: false, now: now)
            #expect(limit.limit >= limit.settings.min && limit.limit <= limit.settings.max)
        }
        return now
    }

    @Test func `the limit settles a little above what the cell can take`() {
        for capacity in [40, 200, 600] {
            var limit = ConcurrencyLimit()
            _ = run(&limit, capacity: capacity, demand: 5_000, seconds: 25)
            #expect(limit.limit > capacity && limit.limit < capacity * 5 / 2, "\(capacity): \(limit.limit)")
            #expect(limit.invariants)
        }
    }

    @Test func `it follows a cell that gets smaller and larger`() {
        var limit = ConcurrencyLimit()
        var now = run(&limit, capacity: 300, demand: 5_000, seconds: 20)
        let large = limit.limit
        now = run(&limit, capacity: 50, demand: 5_000, seconds: 40, from: now)
        let small = limit.limit
        _ = run(&limit, capacity: 300, demand: 5_000, seconds: 40, from: now)
        #expect(large > 300 && small < 150 && limit.limit > 300)
    }

    @Test func `it does not grow while it is not used`() {
        var limit = ConcurrencyLimit()
        _ = run(&limit, capacity: 1_000, demand: 20, seconds: 20)
        #expect(limit.limit == 100)
    }

    @Test func `the unloaded latency is measured again under lasting overload`() {
        var limit = ConcurrencyLimit(ConcurrencySettings(floorLifeNanos: 2 * PolicyTime.second))
        _ = run(&limit, capacity: 50, demand: 5_000, seconds: 60)
        #expect(limit.floorNanos < 12 * PolicyTime.millisecond)
        #expect(limit.limit < 150)
    }

    @Test func `answers that the cell drops lower it`() {
        var limit = ConcurrencyLimit()
        var now: Int64 = 0
        for step in 0..<4_000 {
            now += PolicyTime.millisecond
            let isDropped = step % 4 == 0
            _ = limit.on(latencyNanos: PolicyTime.millisecond, inFlight: 90, isDropped: isDropped, now: now)
        }
        #expect(limit.limit == 10)
    }

    @Test func `equal bounds make it fixed, and odd times do not trap`() {
        var generator = SeededGenerator.forTest(seed: 61)
        var fixed = ConcurrencyLimit(ConcurrencySettings(min: 7, max: 7))
        var wild = ConcurrencyLimit()
        for _ in 0..<5_000 {
            let latency = generator.oneIn(50) ? Int64.max : Int64(generator.int(-10...5_000_000_000))
            let now = generator.oneIn(100) ? Int64.max : Int64(generator.int(0...1_000_000_000_000))
            let inFlight = generator.int(0...3_000)
            _ = fixed.on(latencyNanos: latency, inFlight: inFlight, isDropped: generator.oneIn(5), now: now)
            _ = wild.on(latencyNanos: latency, inFlight: inFlight, isDropped: generator.oneIn(5), now: now)
            #expect(fixed.limit == 7 && wild.invariants)
        }
    }

    @Test func `loops together never have more in flight than the limit`() {
        let shared = SharedConcurrency(ConcurrencySettings(initial: 8, min: 8, max: 8))
        DispatchQueue.concurrentPerform(iterations: 4) { loop in
            for step in 0..<2_000 {
                let first = shared.begin()
                let second = shared.begin()
                #expect(shared.inFlight <= 8)
                if first { shared.end(latencyNanos: 1_000, isDropped: false, now: Int64(step)) }
                if second { shared.end(latencyNanos: nil, isDropped: false, now: Int64(step)) }
            }
        }
        #expect(shared.inFlight == 0)
        #expect((0..<20).count { _ in shared.begin() } == 8)
    }
}
