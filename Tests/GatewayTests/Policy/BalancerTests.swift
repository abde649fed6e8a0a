import TestSupport
import Testing

@testable import Gateway

@Suite struct BalancerTests {
    private func views(_ weights: [Int]) -> [UpstreamView] {
        weights.enumerated().map { index, weight in
            UpstreamView(hash: ByteMix.hash(UInt64(index)), weight: weight)
        }
    }

    private func balancer(_ method: BalancingMethod, _ weights: [Int], loop: Int = 0) -> Balancer {
        Balancer(views(weights), BalancingSettings(method: method), loop: loop)
    }

    @Test(arguments: BalancingMethod.allCases)
    func `only usable upstreams are picked, and the excluded one only when it is the last`(
        _ method: BalancingMethod
    ) {
        var generator = SeededGenerator.forTest(seed: 11)
        var random = FastRandom(seed: generator.next(), generator.next())
        for _ in 0..<300 {
            let count = generator.int(0...6)
            var balancer = balancer(method, (0..<count).map { _ in generator.int(1...100) })
            for index in 0..<count where generator.oneIn(3) { balancer.setUsable(index, false, now: 5) }
            let excluded = generator.oneIn(2) ? generator.int(0...6) : nil
            let usable = (0..<count).filter { balancer.upstreams[$0].isUsable }
            for step in 0..<10 {
                let pick = balancer.pick(
                    tenantHash: generator.next(), excluding: excluded, now: Int64(step), random: &random)
                #expect(pick == nil ? usable.isEmpty : usable.contains(pick ?? -1))
                if usable.contains(where: { $0 != excluded }) { #expect(pick != excluded || excluded == nil) }
                if let pick { balancer.begin(pick) }
            }
        }
    }

    @Test func `the names are those of the configuration`() {
        #expect(BalancingMethod.allCases.map(\.rawValue) == ["p2c_ewma", "round_robin", "hash_tenant"])
    }

    @Test func `smooth round robin spreads the picks of a heavy upstream as nginx does`() {
        var balancer = balancer(.roundRobin, [5, 1, 1])
        var random = FastRandom(seed: 1, 2)
        let picks = (0..<14).map { _ in balancer.pick(tenantHash: 0, excluding: nil, now: 0, random: &random) ?? -1 }
        #expect(picks == [0, 0, 1, 0, 2, 0, 0, 0, 0, 1, 0, 2, 0, 0])
        #expect(balancer.upstreams.map(\.turn) == [0, 0, 0])
    }

    @Test func `the loops' round robins start at different upstreams`() {
        var random = FastRandom(seed: 1, 2)
        let firsts = (0..<3).map { loop in
            var balancer = balancer(.roundRobin, [1, 1, 1], loop: loop)
            return balancer.pick(tenantHash: 0, excluding: nil, now: 0, random: &random)
        }
        #expect(Set(firsts).count == 3)
    }

    @Test func `two choices leave a slow upstream to what it can take`() {
        var balancer = balancer(.powerOfTwoEWMA, [1, 1, 1])
        let picks = serve(&balancer, latencies: [5, 5, 50], perMillisecond: 6, milliseconds: 20_000)
        let share = Double(picks[2]) / Double(picks.reduce(0, +))
        #expect(share < 0.15 && share > 0.002)
        #expect(abs(picks[0] - picks[1]) < picks[0] / 5)
    }

    @Test func `an idle cell is served in proportion to the weights`() {
        var balancer = balancer(.powerOfTwoEWMA, [3, 1])
        var random = FastRandom(seed: 3, 4)
        var picks = [0, 0]
        for step in 0..<10_000 {
            let now = Int64(step) * PolicyTime.second
            guard let pick = balancer.pick(tenantHash: 0, excluding: nil, now: now, random: &random) else { continue }
            picks[pick] += 1
        }
        #expect(abs(picks[0] - 7_500) < 200)
    }

    @Test func `an upstream that comes back starts slowly, without a past, and is not starved`() {
        var balancer = balancer(.powerOfTwoEWMA, [1, 1, 1])
        _ = serve(&balancer, latencies: [5, 5, 5], perMillisecond: 1, milliseconds: 2_000)
        balancer.setUsable(2, false, now: 2 * PolicyTime.second)
        balancer.setUsable(2, true, now: 2 * PolicyTime.second)
        #expect(balancer.upstreams[2].latency.isNew)
        let first = serve(&balancer, latencies: [5, 5, 5], perMillisecond: 1, milliseconds: 1_000, from: 2_000)
        _ = serve(&balancer, latencies: [5, 5, 5], perMillisecond: 1, milliseconds: 9_000, from: 3_000)
        let last = serve(&balancer, latencies: [5, 5, 5], perMillisecond: 1, milliseconds: 1_000, from: 12_000)
        #expect(first[2] > 20 && first[2] < 200)
        #expect(last[2] > 270)
    }

    @Test func `an upstream that fails at once does not look fast`() {
        var balancer = balancer(.powerOfTwoEWMA, [1, 1])
        balancer.end(0, latencyNanos: 10_000, failed: true, now: 1)
        #expect(balancer.upstreams[0].latency.isNew)
        balancer.end(0, latencyNanos: 6_000_000, failed: false, now: 1)
        balancer.end(1, latencyNanos: 5_000_000, failed: false, now: 1)
        for _ in 0..<100 { balancer.end(0, latencyNanos: 10_000, failed: true, now: PolicyTime.second) }
        balancer.end(1, latencyNanos: 5_000_000, failed: false, now: PolicyTime.second)
        var random = FastRandom(seed: 3, 4)
        for _ in 0..<50 {
            #expect(balancer.pick(tenantHash: 0, excluding: nil, now: PolicyTime.second, random: &random) == 1)
        }
    }

    @Test func `a tenant stays, and when one of ten upstreams goes only its tenants move`() {
        var balancer = balancer(.hashTenant, Array(repeating: 1, count: 10))
        var random = FastRandom(seed: 3, 4)
        let before = tenantPicks(&balancer, &random)
        #expect(before == tenantPicks(&balancer, &random))
        balancer.setUsable(4, false, now: 0)
        let after = tenantPicks(&balancer, &random)
        let moved = zip(before, after).count { $0 != $1 }
        #expect(moved == before.count { $0 == 4 })
        #expect(abs(moved - 500) < 100)
        #expect((0..<10).filter { $0 != 4 }.allSatisfy { upstream in after.count { $0 == upstream } > 450 })
    }

    @Test func `tenants are spread by weight`() {
        var balancer = balancer(.hashTenant, [1, 2, 5])
        var random = FastRandom(seed: 3, 4)
        var counts = [0, 0, 0]
        for tenant in 0..<8_000 {
            let hash = ByteMix.hash(UInt64(tenant))
            guard let pick = balancer.pick(tenantHash: hash, excluding: nil, now: 0, random: &random) else { continue }
            counts[pick] += 1
        }
        #expect(abs(counts[0] - 1_000) < 120 && abs(counts[1] - 2_000) < 150 && abs(counts[2] - 5_000) < 180)
    }

    @Test func `a hot tenant spills over before it overloads its upstream`() {
        var balancer = balancer(.hashTenant, [1, 1, 1, 1])
        var random = FastRandom(seed: 3, 4)
        for _ in 0..<1_000 {
            let pick = balancer.pick(tenantHash: 77, excluding: nil, now: 0, random: &random)
            if let pick { balancer.begin(pick) }
        }
        let loads = balancer.upstreams.map(\.inFlight)
        #expect(loads.reduce(0, +) == 1_000)
        #expect(loads.allSatisfy { $0 <= 313 })
        #expect((loads.max() ?? 0) >= 250)
    }

    /// Of 5000 tenants.
    private func tenantPicks(_ balancer: inout Balancer, _ random: inout FastRandom) -> [Int] {
        var picks: [Int] = []
        for tenant in 0..<5_000 {
            let hash = ByteMix.hash(UInt64(tenant))
            picks.append(balancer.pick(tenantHash: hash, excluding: nil, now: 0, random: &random) ?? -1)
        }
        return picks
    }

    /// Requests a millisecond to servers with latencies in milliseconds; picks of each.
    private func serve(
        _ balancer: inout Balancer, latencies: [Int64], perMillisecond: Int, milliseconds: Int64, from: Int64 = 0
    ) -> [Int] {
        var random = FastRandom(seed: 5, 6)
        var picks = latencies.map { _ in 0 }
        var ends: [Int64: [Int]] = [:]
        for millisecond in from..<(from + milliseconds) {
            let now = millisecond * PolicyTime.millisecond
            for index in ends.removeValue(forKey: millisecond) ?? [] {
                let latency = latencies[index] * PolicyTime.millisecond
                balancer.end(index, latencyNanos: latency, failed: false, now: now)
            }
            for _ in 0..<perMillisecond {
                guard let pick = balancer.pick(tenantHash: 0, excluding: nil, now: now, random: &random)
                else { continue }
                balancer.begin(pick)
                picks[pick] += 1
                ends[millisecond + latencies[pick], default: []].append(pick)
            }
        }
        for index in ends.values.joined() {
            balancer.end(index, latencyNanos: nil, failed: false, now: 0)
        }
        return picks
    }
}

/// Spreads small numbers over 64 bits.
enum ByteMix {
    static func hash(_ value: UInt64) -> UInt64 {
        var generator = SeededGenerator(seed: value)
        return generator.next()
    }
}
