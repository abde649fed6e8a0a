import Testing

@testable import Gateway

@Suite struct DeadlineBudgetTests {
    private let settings = DeadlineSettings(
        totalNanos: 100, perTryNanos: 40, connectNanos: 10, headNanos: 30, idleNanos: 20)

    @Test func `each phase has its own limit, and the nearest counts`() {
        var budget = DeadlineBudget(settings, now: 0)
        #expect(budget.next == .init(limit: .total, atNanos: 100))
        budget.beginTry(isConnected: false, now: 5)
        #expect(budget.next == .init(limit: .connect, atNanos: 15))
        budget.connected(now: 12)
        #expect(budget.next == .init(limit: .perTry, atNanos: 45))
        budget.sent(now: 13)
        #expect(budget.next == .init(limit: .head, atNanos: 43))
        budget.headArrived(now: 30)
        #expect(budget.next == .init(limit: .idle, atNanos: 50))
        budget.progressed(now: 49)
        #expect(budget.passed(now: 68) == nil)
        #expect(budget.passed(now: 69) == .idle)
    }

    @Test func `the total bounds all tries and what is left for a pause`() {
        var budget = DeadlineBudget(settings, now: 0)
        budget.beginTry(isConnected: true, now: 0)
        #expect(budget.passed(now: 40) == .perTry)
        budget.endTry()
        #expect(budget.next.limit == .total && budget.remainingNanos(now: 40) == 60)
        budget.beginTry(isConnected: true, now: 80)
        #expect(budget.next == .init(limit: .total, atNanos: 100))
        #expect(budget.passed(now: 100) == .total && budget.remainingNanos(now: 200) == 0)
    }

    @Test func `a stream ends only by silence, and without limits nothing ends`() {
        var budget = DeadlineBudget(settings, now: 0)
        budget.beginTry(isConnected: true, now: 0)
        budget.headArrived(now: 1)
        budget.becameStream()
        budget.progressed(now: 1_000)
        #expect(budget.next == .init(limit: .idle, atNanos: 1_020))
        let none = DeadlineSettings(totalNanos: 0, perTryNanos: 0, connectNanos: 0, headNanos: 0, idleNanos: 0)
        var unbounded = DeadlineBudget(none, now: .max)
        unbounded.beginTry(isConnected: false, now: .max)
        unbounded.sent(now: .max)
        #expect(unbounded.next.atNanos == .max && unbounded.remainingNanos(now: 5) == .max)
    }

    @Test func `a response that begins before the request was sent stays a response`() {
        var budget = DeadlineBudget(settings, now: 0)
        budget.beginTry(isConnected: true, now: 0)
        budget.headArrived(now: 1)
        budget.sent(now: 2)
        #expect(budget.phase == .streaming)
    }
}
