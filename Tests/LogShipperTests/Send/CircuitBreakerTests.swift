import TestSupport
import Testing

@testable import LogShipper

@Suite("CircuitBreaker")
struct CircuitBreakerTests {
    private func note(
        _ breaker: inout CircuitBreaker, _ sign: CircuitBreaker.Sign, _ tenant: TenantID, isProbe: Bool = false,
        now: Int64 = 0
    ) -> CircuitBreaker.Change? {
        breaker.note(sign, of: tenant, isProbe: isProbe, nowNanos: now) { Int64($0) * 100 }
    }

    @Test("two failed connections in a row open it; each failed probe waits longer; an answer closes it")
    func unreachable() {
        var breaker = CircuitBreaker()
        #expect(note(&breaker, .unreachable, 1) == nil)
        #expect(note(&breaker, .alive, 1) == nil)
        #expect(note(&breaker, .unreachable, 1) == nil)
        #expect(note(&breaker, .unreachable, 1) == .opened)
        #expect(breaker.probeNanos == 100)
        // What was sent before it opened changes nothing.
        #expect(note(&breaker, .failing, 2, now: 50) == nil)
        #expect(breaker.probeNanos == 100)
        breaker.probe()
        #expect(breaker.state == .probing)
        #expect(note(&breaker, .failing, 1, isProbe: true, now: 100) == nil)
        #expect(breaker.probeNanos == 300)
        breaker.probe()
        #expect(note(&breaker, .alive, 1, isProbe: true, now: 300) == .closed)
        #expect(breaker.isClosed)
    }

    @Test("errors of one tenant, or of three, never open it; those of many tenants do")
    func failing() {
        var breaker = CircuitBreaker()
        for turn in 0..<100 { #expect(note(&breaker, .failing, TenantID(turn % 3)) == nil) }
        #expect(note(&breaker, .failing, 4) == .opened)
        breaker = CircuitBreaker()
        for turn in 0..<7 { #expect(note(&breaker, .failing, TenantID(turn)) == nil) }
        #expect(note(&breaker, .failing, 7) == .opened)
    }
}

@Suite("ConcurrencyLimit")
struct ConcurrencyLimitTests {
    private let milli: Int64 = 1_000_000

    @Test("it grows by about one a round while all are used, and stays where fewer are used")
    func growth() {
        var limit = ConcurrencyLimit(bounds: 1...8)
        #expect(limit.current == 4)
        for _ in 0..<100 { limit.answered(startedNanos: 0, nowNanos: 10 * milli, isUsedUp: false) }
        #expect(limit.current == 4)
        for _ in 0..<5 { limit.answered(startedNanos: 0, nowNanos: 10 * milli, isUsedUp: true) }
        #expect(limit.current == 5)
        for _ in 0..<100 { limit.answered(startedNanos: 0, nowNanos: 10 * milli, isUsedUp: true) }
        #expect(limit.current == 8)
    }

    @Test("timeouts halve it once, however many come of one stall; it never leaves its bounds")
    func decrease() {
        var limit = ConcurrencyLimit(bounds: 2...64)
        for _ in 0..<5000 { limit.answered(startedNanos: 0, nowNanos: milli, isUsedUp: true) }
        #expect(limit.current == 64)
        for _ in 0..<10 { limit.overloaded(.severe, startedNanos: 2 * milli, nowNanos: 5 * milli) }
        #expect(limit.current == 32)
        limit.overloaded(.mild, startedNanos: 5 * milli, nowNanos: 6 * milli)
        #expect(limit.current == 28)
        for turn in Int64(2)..<20 {
            limit.overloaded(.severe, startedNanos: turn * 10 * milli, nowNanos: turn * 10 * milli)
        }
        #expect(limit.current == 2)
        limit.restart(nowNanos: 0)
        #expect(limit.current == 2)
    }

    @Test("answers far later than usual lower it; a little later, or late only by milliseconds, does not")
    func latency() {
        var limit = ConcurrencyLimit(bounds: 1...8)
        for turn in Int64(0)..<200 {
            limit.answered(startedNanos: 0, nowNanos: (100 + turn % 7) * milli, isUsedUp: true)
        }
        #expect(limit.current == 8)
        limit.answered(startedNanos: 1000 * milli, nowNanos: 1180 * milli, isUsedUp: true)
        #expect(limit.current == 8)
        // Where fewer are under way than may be, their number is not the reason.
        limit.answered(startedNanos: 2000 * milli, nowNanos: 2300 * milli, isUsedUp: false)
        #expect(limit.current == 8)
        limit.answered(startedNanos: 2000 * milli, nowNanos: 2900 * milli, isUsedUp: true)
        #expect(limit.current == 7)
        var quick = ConcurrencyLimit(bounds: 1...8)
        for _ in 0..<50 { quick.answered(startedNanos: 0, nowNanos: milli / 10, isUsedUp: true) }
        let before = quick.current
        quick.answered(startedNanos: 0, nowNanos: 15 * milli, isUsedUp: true)
        #expect(quick.current >= before)
    }

    @Test("against a destination that fails at more than ten requests at once it stays near ten")
    func settles() {
        var limit = ConcurrencyLimit(bounds: 1...64)
        var now: Int64 = 0
        var seen: [Int] = []
        for turn in 0..<2000 {
            let count = limit.current
            for _ in 0..<count {
                if count > 10 {
                    limit.overloaded(.severe, startedNanos: now, nowNanos: now + milli)
                } else {
                    limit.answered(startedNanos: now, nowNanos: now + milli, isUsedUp: true)
                }
            }
            now += milli
            if turn > 100 { seen.append(limit.current) }
        }
        #expect((seen.max() ?? 0) <= 11 && (seen.min() ?? 0) >= 5)
    }
}
