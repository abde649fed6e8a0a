import TestSupport
import Testing

@testable import Gateway

@Suite struct HedgePolicyTests {
    @Test func `quantiles are within a sixteenth of the exact ones`() {
        var generator = SeededGenerator.forTest(seed: 51)
        for _ in 0..<20 {
            var sketch = LatencySketch()
            let top = generator.int(2_000...2_000_000_000)
            var values = (0..<generator.int(1...2_000)).map { _ in Int64(generator.int(1_100...max(1_100, top))) }
            for value in values { sketch.add(value) }
            values.sort()
            for percent in [1, 50, 90, 95, 99, 100] {
                let exact = values[max(1, (values.count * percent + 99) / 100) - 1]
                let estimate = sketch.quantile(percent: percent) ?? 0
                #expect(abs(estimate - exact) <= exact / 16 + 1, "\(percent): \(estimate) for \(exact)")
            }
            #expect(sketch.invariants)
            sketch.fade(above: 0)
            #expect(sketch.invariants)
        }
    }

    @Test func `times outside the range count at the ends, nothing traps`() {
        var sketch = LatencySketch()
        #expect(sketch.quantile(percent: 50) == nil)
        for value in [Int64.min, -1, 0, 1, .max] { sketch.add(value) }
        #expect((sketch.quantile(percent: 1) ?? 0) < 1_200)
        #expect((sketch.quantile(percent: 100) ?? 0) > 60_000_000_000)
        sketch.reset()
        #expect(sketch.count == 0 && sketch.invariants)
    }

    @Test func `a hedge waits for the 95th percentile of at least a hundred answers`() {
        var policy = HedgePolicy(HedgeSettings(isEnabled: true, minDelayNanos: 1_000_000))
        for _ in 0..<99 { policy.observe(10_000_000) }
        #expect(policy.delayNanos(isIdempotent: true, hasBody: false, hasOtherUpstream: true) == nil)
        for index in 0..<2_000 { policy.observe(index % 20 == 0 ? 400_000_000 : 10_000_000) }
        let delay = policy.delayNanos(isIdempotent: true, hasBody: false, hasOtherUpstream: true) ?? 0
        #expect(delay > 9_000_000 && delay < 12_000_000)
        #expect(policy.delayNanos(isIdempotent: false, hasBody: false, hasOtherUpstream: true) == nil)
        #expect(policy.delayNanos(isIdempotent: true, hasBody: true, hasOtherUpstream: true) == nil)
        #expect(policy.delayNanos(isIdempotent: true, hasBody: false, hasOtherUpstream: false) == nil)
    }

    @Test func `hedging is off by default, has a least delay and follows the latency`() {
        var off = HedgePolicy()
        for _ in 0..<500 { off.observe(10) }
        #expect(off.delayNanos(isIdempotent: true, hasBody: false, hasOtherUpstream: true) == nil)
        var policy = HedgePolicy(HedgeSettings(isEnabled: true))
        for _ in 0..<500 { policy.observe(10_000) }
        #expect(policy.delayNanos(isIdempotent: true, hasBody: false, hasOtherUpstream: true) == 5_000_000)
        for _ in 0..<50_000 { policy.observe(80_000_000) }
        let delay = policy.delayNanos(isIdempotent: true, hasBody: false, hasOtherUpstream: true) ?? 0
        #expect(delay > 75_000_000 && delay < 86_000_000)
    }

    @Test func `hedges are at most a twentieth of the requests`() {
        let budget = RetryBudget(HedgeSettings().budget)
        var hedges = 0
        for step in 0..<20_000 {
            let now = Int64(step) * PolicyTime.millisecond
            budget.noteRequest(now: now)
            if budget.takeRetry(now: now) { hedges += 1 }
        }
        #expect(hedges <= 1_000 && hedges > 900)
    }
}
