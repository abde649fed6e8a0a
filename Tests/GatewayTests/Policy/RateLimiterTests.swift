import Foundation
import Locking
import TestSupport
import Testing

@testable import Gateway

@Suite struct RateLimiterTests {
    private let second = PolicyTime.second

    @Test func `a burst passes, then the sustained rate, with the numbers for the headers`() {
        let rule = RateRule(RateLimit(requests: 10, burst: 3))
        var fullAt: Int64 = 0
        let first = rule.decide(fullAt: &fullAt, cost: 1, now: 0)
        #expect(first.isAllowed && first.limit == 3 && first.remaining == 2 && first.resetNanos == second / 10)
        #expect(first.resetSeconds == 1 && first.retryAfterSeconds == 0)
        _ = rule.decide(fullAt: &fullAt, cost: 2, now: 0)
        let refused = rule.decide(fullAt: &fullAt, cost: 1, now: 0)
        #expect(!refused.isAllowed && refused.remaining == 0 && refused.retryAfterNanos == second / 10)
        #expect(refused.retryAfterSeconds == 1)
        #expect(!rule.decide(fullAt: &fullAt, cost: 1, now: second / 10 - 1).isAllowed)
        #expect(rule.decide(fullAt: &fullAt, cost: 1, now: second / 10).isAllowed)
        #expect(rule.decide(fullAt: &fullAt, cost: 3, now: 10 * second).remaining == 0)
    }

    @Test func `what can never be allowed says so, and the stricter of two limits is reported`() {
        let rule = RateRule(RateLimit(requests: 1, burst: 2))
        var fullAt: Int64 = 0
        let never = rule.decide(fullAt: &fullAt, cost: 3, now: 0)
        #expect(!never.isAllowed && never.retryAfterNanos == .max && never.retryAfterSeconds == 86_400)
        let some = rule.decide(fullAt: &fullAt, cost: 1, now: 0)
        #expect(some.remaining == 1)
        #expect(some.stricter(never) == never && never.stricter(some) == never)
        let less = rule.decide(fullAt: &fullAt, cost: 1, now: 0)
        #expect(some.stricter(less) == less)
    }

    @Test func `it allows what a token bucket allows`() {
        var generator = SeededGenerator.forTest(seed: 91)
        for _ in 0..<50 {
            // The interval is a whole number of microseconds, so that the model's tokens are exact.
            let interval = Int64(generator.int(1...500)) * 1_000
            let burst = generator.int(1...20)
            let rule = RateRule(RateLimit(requests: 1_000, periodNanos: interval * 1_000, burst: burst))
            #expect(rule.intervalNanos == interval)
            var fullAt: Int64 = 0
            var tokens = Int64(burst) * interval
            var now: Int64 = 0
            for _ in 0..<500 {
                let pause = Int64(generator.int(0...Int(interval * 3)))
                now += pause
                tokens = min(Int64(burst) * interval, tokens + pause)
                let cost = Int64(generator.int(0...3))
                let decision = rule.decide(fullAt: &fullAt, cost: Int(cost), now: now)
                #expect(decision.isAllowed == (tokens >= cost * interval))
                if decision.isAllowed { tokens -= cost * interval }
                #expect(decision.remaining == Int(tokens / interval))
            }
        }
    }

    @Test func `odd limits and times do not trap`() {
        for limit in [
            RateLimit(requests: 0), RateLimit(requests: .min, periodNanos: .min, burst: .min),
            RateLimit(requests: .max, periodNanos: .max, burst: .max),
            RateLimit(requests: 1, periodNanos: .max, burst: .max),
        ] {
            let rule = RateRule(limit)
            var fullAt: Int64 = 0
            for now in [Int64.max, 0, .min, .max] {
                for cost in [1, 0, -5, .max] { _ = rule.decide(fullAt: &fullAt, cost: cost, now: now) }
            }
        }
    }

    @Test func `a rule that got laxer does not hold a key to what the old one wrote`() {
        let strict = RateRule(RateLimit(requests: 1, periodNanos: 3_600 * second))
        let lax = RateRule(RateLimit(requests: 100))
        var fullAt: Int64 = 0
        _ = strict.decide(fullAt: &fullAt, cost: 1, now: 0)
        #expect(!lax.decide(fullAt: &fullAt, cost: 1, now: 0).isAllowed)
        fullAt = 3_600 * second
        let decision = lax.decide(fullAt: &fullAt, cost: 1, now: 0)
        #expect(decision.retryAfterNanos == second / 100)
    }

    @Test func `keys that fit are limited each for itself, as without a table`() {
        var generator = SeededGenerator.forTest(seed: 92)
        var table = RateTable(sets: 64)
        let rule = RateRule(RateLimit(requests: 100, burst: 5))
        let keys = (0..<60).map { _ in generator.next() }
        var model: [UInt64: Int64] = [:]
        var now: Int64 = 0
        for _ in 0..<20_000 {
            now += Int64(generator.int(0...2_000_000))
            let key = keys[generator.int(0...59)]
            var fullAt = model[key] ?? 0
            let expected = rule.decide(fullAt: &fullAt, cost: 1, now: now)
            model[key] = fullAt
            #expect(table.decide(key, rule, cost: 1, now: now) == expected)
        }
        #expect(table.invariants)
    }

    @Test func `a flood of random keys neither grows the table nor frees a limited key`() {
        var generator = SeededGenerator.forTest(seed: 93)
        let allowed = flood(&generator, startsLimited: true)
        #expect(allowed >= 99 && allowed <= 101)
    }

    @Test func `a steady key becomes limited under a flood that could fill the table twice for each of its requests`() {
        var generator = SeededGenerator.forTest(seed: 95)
        for _ in 0..<10 {
            let allowed = flood(&generator, startsLimited: false)
            #expect(allowed >= 100 && allowed <= 150, "\(allowed)")
        }
    }

    /// Ten seconds at ten requests a second for a key that asks twice as often, while 20,000 other keys a second come
    /// once each. How often the key was allowed.
    private func flood(_ generator: inout SeededGenerator, startsLimited: Bool) -> Int {
        var table = RateTable(sets: 16)
        let rule = RateRule(RateLimit(requests: 10, burst: 10))
        let key = generator.next()
        if startsLimited { _ = table.decide(key, rule, cost: 10, now: 0) }
        var allowed = 0
        for step in 0..<200_000 {
            let now = Int64(step) * 50_000
            if step % 1_000 == 0, table.decide(key, rule, cost: 1, now: now).isAllowed { allowed += 1 }
            _ = table.decide(generator.next(), rule, cost: 1, now: now)
        }
        #expect(table.entries.count == 128 && table.forgotten > 0 && table.invariants)
        return allowed
    }

    @Test func `idle keys make room first`() {
        var generator = SeededGenerator.forTest(seed: 94)
        var table = RateTable(sets: 1)
        let rule = RateRule(RateLimit(requests: 1_000, burst: 5))
        for step in 0..<1_000 { _ = table.decide(generator.next(), rule, cost: 1, now: Int64(step) * 1_000_000) }
        #expect(table.forgotten == 0)
    }

    @Test func `loops together get what one would`() {
        let limiter = RateLimiter(LimitTableSettings(keys: 1_024, shards: 4))
        let rule = RateRule(RateLimit(requests: 1, burst: 500))
        let allowed = Locked(0)
        DispatchQueue.concurrentPerform(iterations: 4) { loop in
            for step in 0..<1_000 {
                if limiter.decide(0xABCD, rule, now: 0).isAllowed { allowed.withLock { $0 += 1 } }
                _ = limiter.decide(ByteMix.hash(UInt64(step)), rule, now: Int64(loop))
            }
        }
        #expect(allowed.withLock { $0 } == 500)
        #expect(limiter.forgotten >= 0)
    }

    @Test func `a table has the next larger power of two of places`() {
        #expect(LimitTableSettings(keys: 1_000, shards: 3).clamped() == LimitTableSettings(keys: 1_024, shards: 4))
        #expect(LimitTableSettings(keys: .min, shards: .max).clamped() == LimitTableSettings(keys: 2_048, shards: 256))
        #expect(LimitTableSettings(keys: .max, shards: 0).clamped().keys == 16_777_216)
    }
}
