import TestSupport
import Testing

@testable import LogShipper

/// A destination in simulated time: it answers every request after a while of its own choosing.
private struct Simulation {
    var plan: SendPlan
    var nowNanos: Int64 = 0
    var random: SeededGenerator
    /// How long a unit takes and what comes of it; nil for no answer before the sender's timeout of 30 s.
    var answer: (Unit, Int64) -> (nanos: Int64, verdict: Verdict)?
    private(set) var requests: [(tenant: TenantID, atNanos: Int64)] = []
    private(set) var mostInFlight = 0
    private var flying: [(ticket: Ticket, doneNanos: Int64, verdict: Verdict)] = []
    private var enqueuedNanos: [UInt64: Int64] = [:]
    /// The longest time from the closing of a batch to its acknowledgement, by tenant.
    private(set) var slowest: [TenantID: Int64] = [:]
    private(set) var deliveredBytes: [TenantID: Int] = [:]
    private var nextID: UInt64 = 1

    init(_ plan: SendPlan, seed: UInt64, answer: @escaping (Unit, Int64) -> (nanos: Int64, verdict: Verdict)?) {
        self.plan = plan
        random = SeededGenerator(seed: seed)
        self.answer = answer
    }

    /// Lines are five bytes long.
    mutating func enqueue(_ tenant: TenantID, lines: Int) {
        enqueuedNanos[nextID] = nowNanos
        plan.enqueue(TenantQueueTests.unit(nextID, lines: lines, tenant: tenant))
        nextID += 1
    }

    /// Lets time pass until `untilNanos`.
    mutating func run(untilNanos: Int64) {
        while true {
            let timer = step()
            let next = [timer, flying.map(\.doneNanos).min(), nextLook].compactMap(\.self).min() ?? .max
            guard next <= untilNanos else { break }
            nowNanos = max(nowNanos, next)
        }
        nowNanos = untilNanos
    }

    /// The shell looks at what is in flight now and then, so a request hangs at the latest by then.
    private var nextLook: Int64? {
        flying.lazy.filter { !$0.ticket.isHanging }.map { $0.ticket.startedNanos + plan.hangsAfterNanos }
            .filter { $0 > nowNanos }.min()
    }

    private mutating func step() -> Int64? {
        for index in flying.indices where nowNanos - flying[index].ticket.startedNanos >= plan.hangsAfterNanos {
            plan.noteHanging(&flying[index].ticket)
        }
        for flight in flying.filter({ $0.doneNanos <= nowNanos }) { finish(flight.ticket, flight.verdict) }
        flying.removeAll { $0.doneNanos <= nowNanos }
        plan.tick(nowNanos: nowNanos)
        while let ticket = plan.startNext(nowNanos: nowNanos) {
            requests.append((ticket.unit.batch.tenant, nowNanos))
            let (nanos, verdict) =
                answer(ticket.unit, nowNanos) ?? (30_000_000_000, .retry(reason: .timeout, afterNanos: nil))
            flying.append((ticket, nowNanos + nanos, verdict))
        }
        mostInFlight = max(mostInFlight, flying.count)
        return plan.nextNanos(nowNanos: nowNanos)
    }

    private mutating func finish(_ ticket: Ticket, _ verdict: Verdict) {
        let effect = plan.finish(ticket, verdict, nowNanos: nowNanos, random: &random)
        guard effect.settlement != nil else { return }
        let batch = ticket.unit.batch
        deliveredBytes[batch.tenant, default: 0] += ticket.unit.byteCount
        let nanos = nowNanos - (enqueuedNanos.removeValue(forKey: batch.id) ?? nowNanos)
        slowest[batch.tenant] = max(slowest[batch.tenant] ?? 0, nanos)
    }
}

@Suite("SendPlan")
struct SendPlanTests {
    private let second: Int64 = 1_000_000_000
    private let milli: Int64 = 1_000_000

    private func plan(_ concurrency: ClosedRange<Int> = 1...8, inFlight: Int = 1) -> SendPlan {
        SendPlan(
            policy: RetryPolicy(), concurrency: concurrency, quantumBytes: 5000, maxInFlightPerTenant: inFlight)
    }

    @Test(
        "a destination that is down for an hour gets one probe a step from all its tenants, and everything afterwards",
        arguments: [(Verdict.RetryReason.connect, 10_000), (.serverError, 500), (.unauthorized, 500)])
    func outage(_ reason: Verdict.RetryReason, _ tenants: Int) {
        let down = 3600 * second
        var simulation = Simulation(plan(), seed: 1) { _, now in
            now < down ? (1_000_000, .retry(reason: reason, afterNanos: nil)) : (1_000_000, .delivered)
        }
        for tenant in 1...tenants { simulation.enqueue(TenantID(tenant), lines: 1) }
        simulation.run(untilNanos: down)
        // A wait is 15 s in the middle once it has grown.
        #expect((100...500).contains(simulation.requests.count))
        #expect(!simulation.plan.breaker.isClosed)
        simulation.run(untilNanos: down + 120 * second)
        #expect(simulation.deliveredBytes.count == tenants)
        #expect(simulation.plan.queues.isEmpty && simulation.plan.inFlightCount == 0)
        #expect(simulation.mostInFlight <= 12)
    }

    @Test("case 61: a tenant that gets nothing but 429 and 503 for ten minutes delays no other, and loses nothing")
    func oneThrottled() {
        var count = 0
        var simulation = Simulation(plan(1...1), seed: 2) { unit, now in
            guard unit.batch.tenant == 1, now < 600_000_000_000 else { return (2_000_000, .delivered) }
            count += 1
            return (
                1_000_000,
                count % 2 == 0
                    ? .retry(reason: .throttled, afterNanos: 2_000_000_000)
                    : .retry(reason: .serverError, afterNanos: nil)
            )
        }
        for round in 0..<650 {
            simulation.enqueue(1, lines: 10)
            for tenant in TenantID(2)...20 { simulation.enqueue(tenant, lines: 10) }
            simulation.run(untilNanos: Int64(round + 1) * second)
        }
        simulation.run(untilNanos: 800 * second)
        for tenant in TenantID(2)...20 { #expect(simulation.slowest[tenant] ?? .max <= 100 * milli) }
        #expect((1...20).allSatisfy { simulation.deliveredBytes[$0] == 650 * 50 })
        #expect(simulation.plan.breaker.isClosed)
    }

    @Test("case 76: while one tenant floods, the others' batches go out within a batch age")
    func flood() {
        // 1 KB takes 20 ms, so eight connections do 400 KB/s; the flood comes with 1 MB/s.
        var simulation = Simulation(plan(), seed: 3) { unit, _ in
            (1_000_000 + Int64(unit.byteCount) * 20_000, .delivered)
        }
        for tick in 0..<50 {
            for _ in 0..<100 { simulation.enqueue(1, lines: 200) }
            for _ in 0..<20 { simulation.enqueue(2, lines: 20) }
            for quiet in 0..<199 where quiet % 10 == tick % 10 { simulation.enqueue(TenantID(100 + quiet), lines: 10) }
            simulation.run(untilNanos: Int64(tick + 1) * 100 * milli)
        }
        // A line waits at most a batch age before its batch is closed.
        for quiet in 0..<199 { #expect(simulation.slowest[TenantID(100 + quiet)] ?? .max <= second) }
        #expect(simulation.slowest[2] ?? .max <= 5 * second)
        #expect(simulation.deliveredBytes[1] ?? 0 > 20_000)
    }

    @Test("a tenant whose requests hang takes no place from the others for longer than a batch age", arguments: [1, 8])
    func hanging(_ most: Int) {
        var simulation = Simulation(plan(1...most), seed: 4) { unit, _ in
            unit.batch.tenant == 1 ? nil : (3_000_000, .delivered)
        }
        for tick in 0..<3000 {
            if tick % 10 == 0 { simulation.enqueue(1, lines: 10) }
            for quiet in 0..<20 where quiet % 10 == tick % 10 { simulation.enqueue(TenantID(100 + quiet), lines: 10) }
            simulation.run(untilNanos: Int64(tick + 1) * 100 * milli)
        }
        for quiet in 0..<20 { #expect(simulation.slowest[TenantID(100 + quiet)] ?? .max <= second + 50 * milli) }
        #expect(simulation.deliveredBytes[1] == nil)
    }

    @Test("one tenant's throughput over a long way grows with order waived")
    func relaxedThroughput() {
        func delivered(_ inFlight: Int) -> Int {
            var simulation = Simulation(plan(8...8, inFlight: inFlight), seed: 5) { _, _ in (100_000_000, .delivered) }
            for _ in 0..<1000 { simulation.enqueue(1, lines: 1000) }
            simulation.run(untilNanos: 10 * second)
            return simulation.deliveredBytes[1] ?? 0
        }
        #expect(delivered(4) > 3 * delivered(1))
    }

    @Test("after a 413 later batches are cut before they are sent, so that not each is refused first")
    func learntSize() {
        var refusals = 0
        var simulation = Simulation(plan(), seed: 6) { unit, _ in
            guard unit.byteCount > 40_000 else { return (1_000_000, .delivered) }
            refusals += 1
            return (1_000_000, .rejected(status: 413, reason: "large"))
        }
        for _ in 0..<20 { simulation.enqueue(1, lines: 20_000) }
        simulation.run(untilNanos: 60 * second)
        #expect(simulation.deliveredBytes[1] == 20 * 100_000)
        #expect(refusals <= 2)
    }
}
