import TestSupport
import Testing

@testable import Gateway

@Suite struct PolicySettingsTests {
    @Test func `the defaults are within their limits`() {
        let cell = CellPolicySettings()
        #expect(cell.balancing == cell.balancing.clamped())
        #expect(cell.outliers == cell.outliers.clamped())
        #expect(cell.retries == cell.retries.clamped())
        #expect(cell.hedging == cell.hedging.clamped())
        #expect(cell.circuit == cell.circuit?.clamped())
        #expect(ConcurrencySettings() == ConcurrencySettings().clamped())
        #expect(cell.queue == cell.queue.clamped())
        #expect(OverloadSettings() == OverloadSettings().clamped())
        #expect(LimitSettings().rateTable == LimitSettings().rateTable.clamped())
        #expect(LimitSettings().inFlightTable == LimitSettings().inFlightTable.clamped())
    }

    @Test(arguments: [Int.min, -1, 0, 1, .max])
    func `impossible settings become possible ones, and nothing traps`(_ value: Int) {
        let nanos = Int64(value)
        let slowStart = SlowStartSettings(durationNanos: nanos, startPercent: value)
        let balancing = BalancingSettings(
            method: .hashTenant, latencyMemoryNanos: nanos, maxLoadPercent: value, minLoad: value, slowStart: slowStart)
        var balancer = Balancer([UpstreamView(hash: 1, weight: value), UpstreamView(hash: 2)], balancing, loop: value)
        var random = FastRandom(seed: 1, 2)
        balancer.setUsable(0, false, now: .min)
        balancer.setUsable(0, true, now: .max)
        for now in [Int64.min, 0, .max] {
            let pick = balancer.pick(tenantHash: 5, excluding: nil, now: now, random: &random) ?? -1
            balancer.begin(pick)
            balancer.end(pick, latencyNanos: nanos, failed: true, now: now)
        }
        drive(OutlierDetector(upstreams: 3, outliers(value)))
        drive(RetryBudget(RetryBudgetSettings(percent: value, minPerSecond: value, windowNanos: nanos)))
        var breaker = CircuitBreaker(
            CircuitBreakerSettings(
                failurePercent: value, minRequests: value, windowNanos: nanos, openNanos: nanos, maxOpenNanos: nanos,
                trials: value, forgetNanos: nanos))
        for now in [Int64.min, 0, .max] {
            _ = breaker.on(.request, now: now)
            _ = breaker.on(.failure(breaker.permit), now: now)
            #expect(breaker.invariants)
        }
        var fair = FairAdmission(OverloadSettings(watchedTenants: min(value, 100), memoryNanos: nanos))
        for now in [Int64.min, 0, .max] { _ = fair.admits(1, pressure: .infinity, now: now, random: &random) }
        #expect(fair.shares.invariants)
    }

    private func outliers(_ value: Int) -> OutlierSettings {
        OutlierSettings(
            failuresInRow: value, connectFailuresInRow: value, failurePercent: value, ejectionNanos: Int64(value),
            maxEjectionNanos: Int64(value), forgetNanos: Int64(value), maxEjectedPercent: value,
            probeNanos: Int64(value), probePatienceNanos: Int64(value))
    }

    private func drive(_ detector: OutlierDetector) {
        for now in [Int64.min, 0, .max] {
            for index in -1...3 {
                _ = detector.note(index, .connectFailure, isProbe: false, now: now)
                _ = detector.note(index, .serverError, isProbe: true, now: now)
                _ = detector.setHealthy(index, true, now: now)
            }
            _ = detector.claimProbe(isRepeatable: false, now: now)
        }
        #expect(detector.ejectedCount <= 2)
    }

    private func drive(_ budget: RetryBudget) {
        for now in [Int64.min, 0, .max] {
            budget.noteRequest(now: now)
            _ = budget.takeRetry(now: now)
        }
    }
}
