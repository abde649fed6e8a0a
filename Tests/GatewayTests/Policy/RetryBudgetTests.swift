import Foundation
import TestSupport
import Testing

@testable import Gateway

@Suite struct RetryBudgetTests {
    @Test func `retries are a fifth of the requests of ten seconds`() {
        let budget = RetryBudget()
        for step in 0..<1_000 { budget.noteRequest(now: Int64(step) * 10 * PolicyTime.millisecond) }
        let now = 9_990 * PolicyTime.millisecond
        #expect((0..<1_000).count { _ in budget.takeRetry(now: now) } == 200)
        #expect(budget.counts(now: now) == (1_000, 200))
        #expect(budget.counts(now: now + 20 * PolicyTime.second) == (0, 0))
    }

    @Test func `a cell with few requests has a minimum`() {
        let budget = RetryBudget(RetryBudgetSettings(percent: 20, minPerSecond: 2))
        #expect((0..<100).count { _ in budget.takeRetry(now: 5) } == 20)
        let none = RetryBudget(RetryBudgetSettings(percent: 0, minPerSecond: 0))
        none.noteRequest(now: 0)
        #expect(!none.takeRetry(now: 0))
    }

    /// Acceptance R4.
    @Test func `a full outage gives at most 1.2 attempts for a request`() {
        var cell = SimulatedCell(method: .powerOfTwoEWMA)
        cell.isDead = [true, true, true]
        for step in 0..<60_000 { _ = cell.request(now: Int64(step) * PolicyTime.millisecond) }
        #expect(cell.errors == 60_000)
        #expect(Double(cell.attempts) <= 1.2 * 60_000 + 30)
        #expect(cell.attempts > 65_000)
    }

    @Test func `the counts are those of a list of times`() {
        var generator = SeededGenerator.forTest(seed: 31)
        let budget = RetryBudget()
        var requests: [Int64] = []
        var retries: [Int64] = []
        var now: Int64 = 0
        for _ in 0..<5_000 {
            now += Int64(generator.int(0...20)) * PolicyTime.millisecond
            if generator.oneIn(300) { now += Int64(generator.int(0...30)) * PolicyTime.second }
            let oldest = now / PolicyTime.second - 9
            requests.removeAll { $0 < oldest }
            retries.removeAll { $0 < oldest }
            if generator.oneIn(3) {
                let isAllowed = retries.count < max(requests.count / 5, 30)
                #expect(budget.takeRetry(now: now) == isAllowed)
                if isAllowed { retries.append(now / PolicyTime.second) }
            } else {
                budget.noteRequest(now: now)
                requests.append(now / PolicyTime.second)
            }
            #expect(budget.counts(now: now) == (requests.count, retries.count))
        }
    }

    @Test func `a cell that was idle for months starts anew`() {
        let budget = RetryBudget(RetryBudgetSettings(windowNanos: PolicyTime.second))
        budget.noteRequest(now: 50)
        for days in [9, 12, 19, 20, 365] as [Int64] {
            let now = days * 86_400 * PolicyTime.second
            budget.noteRequest(now: now)
            #expect(budget.counts(now: now).requests == 1)
        }
    }

    @Test func `loops that count at once lose nothing`() {
        let budget = RetryBudget()
        DispatchQueue.concurrentPerform(iterations: 4) { _ in
            for step in 0..<5_000 {
                budget.noteRequest(now: Int64(step))
                if step % 3 == 0 { _ = budget.takeRetry(now: Int64(step)) }
            }
        }
        let (requests, retries) = budget.counts(now: 5_000)
        #expect(requests == 20_000)
        #expect(retries <= 4_003 && retries >= 30)
    }
}
