import Foundation
import TestSupport
import Testing

@testable import Gateway

@Suite struct CircuitBreakerTests {
    private let second = PolicyTime.second

    private func opened() -> CircuitBreaker {
        var breaker = CircuitBreaker()
        for _ in 0..<20 { _ = breaker.on(.failure(breaker.permit), now: 0) }
        return breaker
    }

    private func permit(_ action: CircuitBreaker.Action) -> CircuitBreaker.Permit? {
        if case .allow(let permit) = action { permit } else { nil }
    }

    @Test func `it opens when half of at least twenty requests fail`() {
        var breaker = CircuitBreaker()
        let permit = breaker.permit
        for _ in 0..<10 { #expect(breaker.on(.success(permit), now: 0) == .none) }
        for _ in 0..<9 { #expect(breaker.on(.failure(permit), now: 0) == .none) }
        #expect(breaker.on(.failure(permit), now: 0) == .opened(untilNanos: 5 * second))
        #expect(breaker.on(.request, now: 2 * second) == .refuse(retryAfterNanos: 3 * second))
    }

    @Test func `failures that have left the window do not count`() {
        var breaker = CircuitBreaker()
        for step in 0..<100 {
            let now = Int64(step) * second
            #expect(breaker.on(.failure(breaker.permit), now: now) == .none)
        }
        #expect(breaker.isClosed && breaker.invariants)
    }

    @Test func `half open it lets three through and closes when they succeed`() {
        var breaker = opened()
        let permits = (0..<3).compactMap { _ in permit(breaker.on(.request, now: 5 * second)) }
        #expect(permits.count == 3)
        #expect(permit(breaker.on(.request, now: 5 * second)) == nil)
        #expect(breaker.on(.success(permits[0]), now: 5 * second) == .none)
        #expect(breaker.on(.cancelled(permits[1]), now: 5 * second) == .none)
        #expect(permit(breaker.on(.request, now: 5 * second)) == permits[0])
        #expect(permit(breaker.on(.request, now: 5 * second)) == nil)
        #expect(breaker.on(.success(permits[1]), now: 5 * second) == .none)
        #expect(breaker.on(.success(permits[2]), now: 5 * second) == .closed)
        #expect(breaker.isClosed)
    }

    @Test func `a failed trial opens it for twice as long, up to a minute, and good time forgives`() {
        var breaker = opened()
        var now = 5 * second
        for seconds in [10, 20, 40, 60, 60] as [Int64] {
            guard let trial = permit(breaker.on(.request, now: now)) else { continue }
            let until = now + seconds * second
            #expect(breaker.on(.failure(trial), now: now) == .opened(untilNanos: until))
            now = until
        }
        for _ in 0..<3 {
            if let trial = permit(breaker.on(.request, now: now)) { _ = breaker.on(.success(trial), now: now) }
        }
        #expect(breaker.isClosed)
        now += 61 * second
        for _ in 0..<19 { _ = breaker.on(.failure(breaker.permit), now: now) }
        #expect(breaker.on(.failure(breaker.permit), now: now) == .opened(untilNanos: now + 5 * second))
    }

    @Test func `answers to what was asked before a change say nothing`() {
        var breaker = CircuitBreaker()
        let before = breaker.permit
        for _ in 0..<20 { _ = breaker.on(.failure(before), now: 0) }
        let trial = permit(breaker.on(.request, now: 5 * second))
        #expect(breaker.on(.failure(before), now: 5 * second) == .none)
        for _ in 0..<5 { #expect(breaker.on(.success(before), now: 5 * second) == .none) }
        #expect(!breaker.isClosed && trial != before)
    }

    @Test func `lost trials are replaced`() {
        var breaker = opened()
        for _ in 0..<3 { _ = breaker.on(.request, now: 5 * second) }
        #expect(permit(breaker.on(.request, now: 64 * second)) == nil)
        #expect(permit(breaker.on(.request, now: 65 * second)) != nil)
    }

    @Test func `whatever happens, the counts hold`() {
        var generator = SeededGenerator.forTest(seed: 41)
        var breaker = CircuitBreaker(CircuitBreakerSettings(minRequests: 3, openNanos: second, trials: 2))
        var permits = [breaker.permit]
        var now: Int64 = 0
        var changes = 0
        for _ in 0..<20_000 {
            now += Int64(generator.int(0...300)) * PolicyTime.millisecond
            let held = permits[generator.int(0...(permits.count - 1))]
            let event: CircuitBreaker.Event =
                switch generator.int(0...5) {
                case 0, 1, 2: .request
                case 3: .success(held)
                case 4: .failure(held)
                default: .cancelled(held)
                }
            switch breaker.on(event, now: now) {
            case .allow(let permit): permits = Array((permits + [permit]).suffix(4))
            case .opened, .closed: changes += 1
            case .refuse(let after): #expect(after > 0)
            case .none: break
            }
            #expect(breaker.invariants)
        }
        #expect(changes > 50)
    }

    @Test func `loops see the same circuit`() {
        let circuit = SharedCircuit()
        DispatchQueue.concurrentPerform(iterations: 4) { _ in
            for step in 0..<500 {
                guard case .allow(let permit) = circuit.admit(now: Int64(step)) else { continue }
                _ = circuit.on(.failure(permit), now: Int64(step))
            }
        }
        #expect(!circuit.isClosed)
        for _ in 0..<3 {
            guard case .allow(let permit) = circuit.admit(now: 100 * second) else { continue }
            _ = circuit.on(.success(permit), now: 100 * second)
        }
        #expect(circuit.isClosed)
    }
}
