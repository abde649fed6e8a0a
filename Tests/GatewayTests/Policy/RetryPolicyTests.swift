import Testing

@testable import Gateway

@Suite struct RetryPolicyTests {
    private let all: RetryConditions = [.connect, .refusedStream, .reset, .perTryTimeout, .gatewayError]

    private func attempt(
        _ failure: AttemptFailure, _ change: (inout FailedAttempt) -> Void = { _ in }
    ) -> FailedAttempt {
        var attempt = FailedAttempt(
            failure: failure, attempts: 1, isIdempotent: true, lostBodyBytes: 0, responseStarted: false,
            hadStaleConnection: false, hasOtherUpstream: true, remainingNanos: .max)
        change(&attempt)
        return attempt
    }

    private func decide(_ attempt: FailedAttempt, _ settings: RetrySettings) -> RetryDecision {
        var random = FastRandom(seed: ByteMix.hash(1), ByteMix.hash(2))
        return RetryPolicy(settings).decide(attempt, random: &random)
    }

    private func isRetry(_ decision: RetryDecision) -> Bool {
        if case .retry = decision { true } else { false }
    }

    @Test func `what the upstream cannot have seen is repeated for every method`() {
        let settings = RetrySettings(conditions: all)
        for failure in AttemptFailure.allCases {
            let decision = decide(attempt(failure) { $0.isIdempotent = false }, settings)
            switch failure {
            case .connectRefused, .connectTimeout:
                #expect(decision == .retry(afterNanos: 0, target: .otherUpstream, isFree: false))
            case .refusedStream:
                #expect(decision == .retry(afterNanos: 0, target: .otherUpstream, isFree: true))
            default:
                #expect(decision == .fail(.notIdempotent))
            }
        }
    }

    @Test func `idempotent requests are repeated after every failure but a malformed answer`() {
        let settings = RetrySettings(conditions: all)
        for failure in AttemptFailure.allCases {
            let decision = decide(attempt(failure), settings)
            #expect(isRetry(decision) == (failure != .malformed))
        }
    }

    @Test func `nothing is repeated once the response began, the body is gone or the attempts are used up`() {
        let settings = RetrySettings(conditions: all)
        for failure in AttemptFailure.allCases {
            #expect(decide(attempt(failure) { $0.responseStarted = true }, settings) == .fail(.responseStarted))
            #expect(decide(attempt(failure) { $0.lostBodyBytes = 1 }, settings) == .fail(.bodyLost))
            let last = attempt(failure) {
                $0.attempts = 3
                $0.hadStaleConnection = true
                $0.hadRefusedStream = true
            }
            #expect(decide(last, settings) == .fail(.attemptsUsedUp))
        }
    }

    @Test func `a stale connection is replaced once without asking the budget`() {
        let once = RetrySettings(maxAttempts: 1)
        let fresh = RetryDecision.retry(afterNanos: 0, target: .sameUpstream, isFree: true)
        #expect(decide(attempt(.staleConnection), once) == fresh)
        #expect(decide(attempt(.staleConnection) { $0.hadStaleConnection = true }, once) == .fail(.attemptsUsedUp))
    }

    @Test func `only configured failures are repeated`() {
        #expect(decide(attempt(.gatewayError), RetrySettings()) == .fail(.notConfigured))
        #expect(decide(attempt(.connectRefused), RetrySettings(conditions: [])) == .fail(.notConfigured))
        #expect(isRetry(decide(attempt(.connectRefused), RetrySettings(conditions: .connect))))
        #expect(RetryConditions.names.reduce(RetryConditions()) { $0.union($1.condition) } == all)
    }

    @Test func `pauses are random, double, are capped, and must leave time for the attempt`() {
        let settings = RetrySettings(maxAttempts: 9, conditions: all, backoffNanos: 1_000, maxBackoffNanos: 5_000)
        var random = FastRandom(seed: 9, 9)
        let policy = RetryPolicy(settings)
        for (attempts, longest) in [(1, 1_000), (2, 2_000), (3, 4_000), (4, 5_000), (8, 5_000)] as [(Int, Int64)] {
            var most: Int64 = 0
            for _ in 0..<300 {
                let decision = policy.decide(attempt(.reset) { $0.attempts = attempts }, random: &random)
                guard case .retry(let pause, _, _) = decision else { continue }
                most = max(most, pause)
            }
            #expect(most <= longest && most > longest * 9 / 10)
        }
        #expect(decide(attempt(.reset) { $0.remainingNanos = 0 }, settings) == .fail(.noTimeLeft))
    }

    @Test func `without another upstream even a refused connect waits`() {
        let settings = RetrySettings(backoffNanos: 1_000_000)
        let decision = decide(attempt(.connectRefused) { $0.hasOtherUpstream = false }, settings)
        guard case .retry(let pause, .sameUpstream, false) = decision else {
            Issue.record("\(decision)")
            return
        }
        #expect(pause > 0)
    }
}
