import TestSupport
import Testing

@testable import LogShipper

@Suite("FairScheduler")
struct FairSchedulerTests {
    @Test("case 76: tenants with a backlog get equal shares of the bytes, whatever the sizes of their requests")
    func shares() {
        var random = SeededGenerator.forTest(seed: 76)
        for _ in 0..<30 {
            let quantum = 1000
            var scheduler = FairScheduler(quantumBytes: quantum)
            let largest = (0..<random.int(2...12)).map { _ in random.int(1...1500) }
            var sent = largest.map { _ in 0 }
            for tenant in largest.indices { scheduler.enter(TenantID(tenant)) }
            for _ in 0..<5000 {
                guard let tenant = scheduler.next().map(Int.init) else { break }
                let bytes = random.int(1...largest[tenant])
                sent[tenant] += bytes
                scheduler.charge(TenantID(tenant), bytes: bytes)
                scheduler.enter(TenantID(tenant))
            }
            // Deficit round robin: never further apart than a quantum and the largest request of each.
            let spread = (sent.max() ?? 0) - (sent.min() ?? 0)
            #expect(spread <= quantum + 2 * (largest.max() ?? 0))
        }
    }

    @Test("shares of a backlog follow the weights, whatever the sizes of the requests")
    func weights() {
        var random = SeededGenerator.forTest(seed: 78)
        let quantum = 1000
        let weights = [1, 1, 3, 10, 1000]
        var scheduler = FairScheduler(quantumBytes: quantum)
        var sent = [Int](repeating: 0, count: weights.count)
        for (tenant, weight) in weights.enumerated() { scheduler.enter(TenantID(tenant), weight: weight) }
        for _ in 0..<40_000 {
            guard let tenant = scheduler.next().map(Int.init) else { break }
            let bytes = random.int(1...3000)
            sent[tenant] += bytes
            scheduler.charge(TenantID(tenant), bytes: bytes)
            scheduler.enter(TenantID(tenant), weight: weights[tenant])
        }
        // Rounds that have begun: each tenant is within one round and one request of its share.
        let rounds = sent[4] / (1000 * quantum)
        #expect(rounds > 20)
        for (tenant, weight) in weights.enumerated() {
            #expect(abs(sent[tenant] - rounds * weight * quantum) <= 2 * weight * quantum + 3000, "\(sent)")
        }
    }

    @Test("a tenant's weight is that of the first entry that matches it")
    func weightOf() throws {
        let configuration = try ShipperConfiguration.parse(
            """
            state_dir: /s
            inputs: [{ paths: [/a] }]
            outputs: [{ name: a, type: ndjson, url: "http://127.0.0.1:1/" }]
            tenants:
              - { match: [gold-1] }
              - { match: ["gold-*", vip], weight: 7 }
              - { match: ["*"], weight: 2 }

            """)
        let weights = TenantWeights(configuration.tenantRules)
        #expect(["gold-1", "gold-2", "vip", "x"].map(weights.weight) == [1, 7, 7, 2])
        #expect(TenantWeights().weight(of: "x") == 1)
    }

    @Test("case 76: who comes and goes gets no more than who always waits, and waits no longer than one round")
    func visitors() {
        var random = SeededGenerator.forTest(seed: 77)
        let quantum = 1000
        var scheduler = FairScheduler(quantumBytes: quantum)
        let backlogged = 5
        var sent = [Int](repeating: 0, count: 10)
        var waitingSince = [Int?](repeating: nil, count: 10)
        var total = 0
        for tenant in 0..<backlogged { scheduler.enter(TenantID(tenant)) }
        for _ in 0..<20_000 {
            for visitor in backlogged..<10 where waitingSince[visitor] == nil && random.oneIn(3) {
                scheduler.enter(TenantID(visitor))
                waitingSince[visitor] = total
            }
            guard let tenant = scheduler.next().map(Int.init) else { continue }
            if tenant >= backlogged, let since = waitingSince[tenant] {
                // All others at most once with a quantum and a request.
                #expect(total - since <= 9 * (quantum + 300))
                waitingSince[tenant] = nil
            }
            let bytes = random.int(100...300)
            sent[tenant] += bytes
            total += bytes
            scheduler.charge(TenantID(tenant), bytes: bytes)
            if tenant < backlogged { scheduler.enter(TenantID(tenant)) } else { scheduler.rest(TenantID(tenant)) }
        }
        let least = sent[..<backlogged].min() ?? 0
        #expect(sent[backlogged...].allSatisfy { $0 <= least + quantum + 600 })
    }

    @Test("a tenant that was not waiting goes before every backlog")
    func newcomer() {
        var scheduler = FairScheduler(quantumBytes: 10)
        for tenant in TenantID(1)...100 { scheduler.enter(tenant) }
        for _ in 0..<150 {
            guard let tenant = scheduler.next() else { break }
            scheduler.charge(tenant, bytes: 10)
            scheduler.enter(tenant)
        }
        scheduler.enter(200)
        #expect(scheduler.next() == 200)
        // Within its quantum it may come again; beyond that it waits for the next round like all others.
        scheduler.charge(200, bytes: 9)
        scheduler.rest(200)
        scheduler.enter(200)
        #expect(scheduler.next() == 200)
        scheduler.charge(200, bytes: 9)
        scheduler.enter(200)
        #expect(scheduler.next() != 200)
    }

    @Test("tenants that rest are forgotten after the round, and one taken out of turn comes once")
    func memory() {
        var scheduler = FairScheduler(quantumBytes: 10)
        for tenant in TenantID(0)..<1000 { scheduler.enter(tenant) }
        while let tenant = scheduler.next() {
            scheduler.charge(tenant, bytes: 3)
            scheduler.rest(tenant)
        }
        #expect(scheduler.count == 0)
        scheduler.enter(1)
        scheduler.enter(2)
        scheduler.take(2)
        scheduler.enter(2)
        #expect([scheduler.next(), scheduler.next()] == [1, 2])
        #expect(scheduler.next() == nil)
    }

    @Test("a request of many quanta is paid for in the rounds that follow")
    func debt() {
        var scheduler = FairScheduler(quantumBytes: 10)
        for tenant in TenantID(1)...2 { scheduler.enter(tenant) }
        var turns: [TenantID] = []
        for _ in 0..<12 {
            guard let tenant = scheduler.next() else { break }
            turns.append(tenant)
            scheduler.charge(tenant, bytes: tenant == 1 && turns.count == 1 ? 100 : 10)
            scheduler.enter(tenant)
        }
        #expect(turns == [1] + [TenantID](repeating: 2, count: 10) + [1])
    }
}
