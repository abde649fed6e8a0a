import Foundation
import Testing

@testable import Gateway

@Suite struct PeakEWMATests {
    private let memory = 10 * PolicyTime.second

    @Test func `a latency jumps up at once and comes down slowly`() {
        var latency = PeakEWMA()
        #expect(latency.isNew)
        latency.observe(5_000_000, now: 0, memoryNanos: memory)
        latency.observe(80_000_000, now: 0, memoryNanos: memory)
        #expect(latency.value(now: 0, memoryNanos: memory) == 80_000_000)
        latency.observe(5_000_000, now: PolicyTime.second, memoryNanos: memory)
        let value = latency.value(now: PolicyTime.second, memoryNanos: memory)
        #expect(value < 80_000_000 && value > 70_000_000)
    }

    @Test func `it fades to a third in its memory, and a clock that goes back changes nothing`() {
        var latency = PeakEWMA()
        latency.observe(100_000_000, now: 50 * PolicyTime.second, memoryNanos: memory)
        let faded = latency.value(now: 60 * PolicyTime.second, memoryNanos: memory)
        #expect(abs(faded / 100_000_000 - exp(-1)) < 0.01)
        #expect(latency.value(now: 0, memoryNanos: memory) == 100_000_000)
        #expect(latency.value(now: .max, memoryNanos: 1) == 0)
    }

    @Test func `decay and logarithm agree with libm`() {
        for step in 0..<400 {
            let elapsed = Double(step) / 40
            let factor = Decay.factor(elapsedNanos: Int64(elapsed * 1e9), timeConstantNanos: 1_000_000_000)
            #expect(abs(factor - exp(-elapsed)) < 0.01)
            let value = (Double(step) + 0.5) / 400
            #expect(abs(Logarithm.base2(value) - log2(value)) < 2e-6)
        }
    }

    @Test func `slow start grows in a straight line from a tenth to the whole`() {
        let settings = SlowStartSettings()
        var start = SlowStart()
        #expect(start.permille(settings, now: 0) == 1_000)
        start.begin(now: 0)
        let shares = [0, 5, 9, 10, 20].map { start.permille(settings, now: $0 * PolicyTime.second) }
        #expect(shares == [100, 550, 910, 1_000, 1_000])
        var off = SlowStart()
        off.begin(now: 0)
        #expect(off.permille(SlowStartSettings(durationNanos: 0), now: 0) == 1_000)
    }
}
