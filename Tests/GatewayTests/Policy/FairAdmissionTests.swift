import TestSupport
import Testing

@testable import Gateway

@Suite struct FairAdmissionTests {
    @Test func `without pressure everybody passes`() {
        var fair = FairAdmission()
        var random = FastRandom(seed: 1, 2)
        for step in 0..<10_000 {
            #expect(fair.admits(UInt64(step % 3), pressure: 0, now: Int64(step) * 1_000_000, random: &random))
        }
    }

    @Test func `a flooding tenant is cut, the small ones pass, and in total as much is refused as asked`() {
        var generator = SeededGenerator.forTest(seed: 81)
        var fair = FairAdmission()
        var random = FastRandom(seed: generator.next(), generator.next())
        var flood = (asked: 0, admitted: 0)
        var small = (asked: 0, admitted: 0)
        for step in 0..<100_000 {
            let now = Int64(step) * 100_000
            let isFlood = generator.int(0...9) > 0
            let tenant = isFlood ? 7 : ByteMix.hash(UInt64(generator.int(0...49)))
            let admits = fair.admits(tenant, pressure: 0.5, now: now, random: &random)
            guard now > PolicyTime.second else { continue }
            if isFlood { flood = (flood.asked + 1, flood.admitted + (admits ? 1 : 0)) }
            if !isFlood { small = (small.asked + 1, small.admitted + (admits ? 1 : 0)) }
        }
        #expect(small.admitted == small.asked)
        let admitted = Double(flood.admitted + small.admitted) / Double(flood.asked + small.asked)
        #expect(abs(admitted - 0.5) < 0.03)
        #expect(fair.shares.invariants)
    }

    @Test func `two large tenants are cut to the same level`() {
        var generator = SeededGenerator.forTest(seed: 82)
        var fair = FairAdmission()
        var random = FastRandom(seed: 5, 6)
        var admitted = [0, 0, 0]
        for step in 0..<120_000 {
            // Six, three and one of ten.
            let dice = generator.int(0...9)
            let tenant = dice < 6 ? 0 : dice < 9 ? 1 : 2
            let now = Int64(step) * 100_000
            if fair.admits(UInt64(tenant), pressure: 0.5, now: now, random: &random) { admitted[tenant] += 1 }
        }
        let scale = admitted.map { Double($0) / 120_000 }
        #expect(abs(scale[0] - 0.2) < 0.03 && abs(scale[1] - 0.2) < 0.03 && abs(scale[2] - 0.1) < 0.01)
    }

    @Test func `a flood of random tenants costs no memory and does not hide a heavy one`() {
        var generator = SeededGenerator.forTest(seed: 83)
        var fair = FairAdmission()
        var random = FastRandom(seed: 5, 6)
        let places = fair.shares.entries.count
        var heavy = (asked: 0, admitted: 0)
        var others = (asked: 0, admitted: 0)
        for step in 0..<100_000 {
            let isHeavy = step % 2 == 0
            let tenant = isHeavy ? 3 : generator.next()
            let now = Int64(step) * 100_000
            let admits = fair.admits(tenant, pressure: 0.3, now: now, random: &random)
            if isHeavy { heavy = (heavy.asked + 1, heavy.admitted + (admits ? 1 : 0)) }
            if !isHeavy { others = (others.asked + 1, others.admitted + (admits ? 1 : 0)) }
        }
        #expect(others.admitted == others.asked)
        #expect(abs(Double(heavy.admitted) / Double(heavy.asked) - 0.4) < 0.05)
        #expect(fair.shares.entries.count == places && places == 256)
    }

    @Test func `pressure is the worse of lag and load, between the marks`() {
        let settings = OverloadSettings(
            lagNanos: 100, maxLagNanos: 200, inFlight: 10, maxInFlight: 20, maxRefusedPercent: 80)
        #expect(settings.pressure(lagNanos: 100, inFlight: 10) == 0)
        #expect(settings.pressure(lagNanos: 150, inFlight: 0) == 0.4)
        #expect(settings.pressure(lagNanos: 150, inFlight: 30) == 0.8)
        #expect(OverloadSettings(inFlight: 5, maxInFlight: 5).pressure(lagNanos: 0, inFlight: 5) == 0)
        #expect(OverloadSettings(inFlight: 5, maxInFlight: 5).pressure(lagNanos: 0, inFlight: 6) == 0.9)
    }

    @Test func `all pressure there is refuses all but the smallest`() {
        var fair = FairAdmission()
        var random = FastRandom(seed: 5, 6)
        for step in 0..<5_000 {
            _ = fair.admits(UInt64(step % 2), pressure: 1, now: Int64(step) * 1_000_000, random: &random)
        }
        let admitted = (0..<1_000).count { step in
            fair.admits(UInt64(step % 2), pressure: 1, now: 5_000_000_000, random: &random)
        }
        #expect(admitted < 60)
        #expect(fair.admits(99, pressure: 1, now: 5_000_000_000, random: &random))
    }
}
