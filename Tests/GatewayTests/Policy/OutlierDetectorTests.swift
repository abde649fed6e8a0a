import TestSupport
import Testing

@testable import Gateway

@Suite struct OutlierDetectorTests {
    private let second = PolicyTime.second

    @Test func `failures in a row eject, a success between them does not`() {
        let detector = OutlierDetector(upstreams: 3)
        for _ in 0..<4 { #expect(detector.note(0, .serverError, isProbe: false, now: 0) == nil) }
        #expect(detector.note(0, .success, isProbe: false, now: 0) == nil)
        for _ in 0..<4 { #expect(detector.note(0, .broken, isProbe: false, now: 0) == nil) }
        #expect(detector.note(0, .cancelled, isProbe: false, now: 0) == nil)
        #expect(detector.isAdmitted(0))
        let change = detector.note(0, .serverError, isProbe: false, now: 0)
        #expect(change == .ejected(index: 0, untilNanos: 10 * second))
        #expect(!detector.isAdmitted(0) && detector.isAdmitted(1) && detector.ejectedCount == 1)
        #expect(detector.note(0, .serverError, isProbe: false, now: 1) == nil)
    }

    @Test func `three failed connects in a row eject`() {
        let detector = OutlierDetector(upstreams: 2)
        _ = detector.note(1, .connectFailure, isProbe: false, now: 0)
        _ = detector.note(1, .serverError, isProbe: false, now: 0)
        for _ in 0..<2 { #expect(detector.note(1, .connectFailure, isProbe: false, now: 0) == nil) }
        #expect(detector.note(1, .connectFailure, isProbe: false, now: 0) != nil)
    }

    @Test func `an upstream that fails more than half of the time is ejected unless the others do, too`() {
        var generator = SeededGenerator.forTest(seed: 22)
        let settings = OutlierSettings(failuresInRow: 0, connectFailuresInRow: 0)
        let alone = OutlierDetector(upstreams: 3, settings)
        let together = OutlierDetector(upstreams: 3, settings)
        for _ in 0..<2_000 {
            let index = generator.int(0...2)
            let isFailure = generator.int(0...9) < 7
            _ = alone.note(index, isFailure && index == 1 ? .broken : .success, isProbe: false, now: 0)
            _ = together.note(index, isFailure ? .serverError : .success, isProbe: false, now: 0)
        }
        #expect((0..<3).map(alone.isAdmitted) == [true, false, true])
        #expect(together.ejectedCount == 0)
    }

    @Test func `one request probes when the time is over, and its success brings the upstream back`() {
        let detector = OutlierDetector(upstreams: 2)
        for _ in 0..<3 { _ = detector.note(0, .connectFailure, isProbe: false, now: 0) }
        #expect(detector.claimProbe(isRepeatable: true, now: 10 * second - 1) == nil)
        #expect(detector.claimProbe(isRepeatable: false, now: 10 * second) == nil)
        #expect(detector.claimProbe(isRepeatable: true, now: 10 * second) == 0)
        #expect(detector.claimProbe(isRepeatable: true, now: 10 * second) == nil)
        #expect(!detector.isAdmitted(0))
        #expect(detector.note(0, .success, isProbe: true, now: 11 * second) == .readmitted(index: 0))
        #expect(detector.isAdmitted(0) && detector.ejectedCount == 0)
        #expect(detector.claimProbe(isRepeatable: true, now: 100 * second) == nil)
    }

    @Test func `a probe that never reports is replaced, and one without a verdict at once`() {
        let detector = OutlierDetector(upstreams: 2)
        for _ in 0..<3 { _ = detector.note(0, .connectFailure, isProbe: false, now: 0) }
        #expect(detector.claimProbe(isRepeatable: true, now: 10 * second) == 0)
        #expect(detector.claimProbe(isRepeatable: true, now: 20 * second) == 0)
        #expect(detector.note(0, .cancelled, isProbe: true, now: 21 * second) == nil)
        #expect(detector.claimProbe(isRepeatable: true, now: 21 * second) == 0)
    }

    @Test func `any request may probe after a while without repeatable ones`() {
        let detector = OutlierDetector(upstreams: 2)
        for _ in 0..<3 { _ = detector.note(0, .connectFailure, isProbe: false, now: 0) }
        #expect(detector.claimProbe(isRepeatable: false, now: 15 * second - 1) == nil)
        #expect(detector.claimProbe(isRepeatable: false, now: 15 * second) == 0)
    }

    @Test func `ejections get longer, refused probes do not make them so, and good time makes them shorter`() {
        var table = EjectionTable(count: 2, OutlierSettings())
        #expect(table.eject(0, now: 0) == .ejected(index: 0, untilNanos: 10 * second))
        #expect(table.claimProbe(now: 10 * second) == 0)
        let refused = table.probed(0, .connectFailure, now: 10 * second)
        #expect(refused == .ejected(index: 0, untilNanos: 20 * second))
        #expect(table.claimProbe(now: 20 * second) == 0)
        #expect(table.probed(0, .broken, now: 20 * second) == .ejected(index: 0, untilNanos: 40 * second))
        #expect(table.claimProbe(now: 40 * second) == 0)
        #expect(table.probed(0, .success, now: 40 * second) == .readmitted(index: 0))
        #expect(table.eject(0, now: 41 * second) == .ejected(index: 0, untilNanos: 71 * second))
        #expect(table.claimProbe(now: 71 * second) == 0)
        _ = table.probed(0, .success, now: 71 * second)
        let later = (71 + 125) * second
        #expect(table.eject(0, now: later) == .ejected(index: 0, untilNanos: later + 20 * second))
    }

    @Test func `at most half are ejected, one of two may be, the last usable never is`() {
        var four = EjectionTable(count: 4, OutlierSettings())
        #expect(four.eject(0, now: 0) != nil && four.eject(1, now: 0) != nil && four.eject(2, now: 0) == nil)
        var two = EjectionTable(count: 2, OutlierSettings(maxEjectedPercent: 10))
        #expect(two.eject(0, now: 0) != nil && two.eject(1, now: 0) == nil)
        var one = EjectionTable(count: 1, OutlierSettings(maxEjectedPercent: 100))
        #expect(one.eject(0, now: 0) == nil)
        var checked = EjectionTable(count: 3, OutlierSettings(maxEjectedPercent: 100))
        _ = checked.setHealthy(1, false, now: 0)
        _ = checked.setHealthy(2, false, now: 0)
        #expect(checked.eject(0, now: 0) == nil)
        var off = EjectionTable(count: 3, OutlierSettings(maxEjectedPercent: 0))
        #expect(off.eject(0, now: 0) == nil)
    }

    @Test func `when the checks find all others down, an ejected upstream is better than none`() {
        let detector = OutlierDetector(upstreams: 2)
        for _ in 0..<5 { _ = detector.note(0, .serverError, isProbe: false, now: 0) }
        #expect(!detector.isAdmitted(0))
        #expect(detector.setHealthy(1, false, now: 5) == .readmitted(index: 0))
        #expect(detector.isAdmitted(0))
    }

    @Test func `an ejected upstream that passes its checks again is probed at once`() {
        let detector = OutlierDetector(upstreams: 3)
        for _ in 0..<3 { _ = detector.note(0, .connectFailure, isProbe: false, now: 0) }
        _ = detector.setHealthy(0, false, now: 1 * second)
        #expect(detector.claimProbe(isRepeatable: true, now: 60 * second) == nil)
        _ = detector.setHealthy(0, true, now: 61 * second)
        #expect(detector.claimProbe(isRepeatable: true, now: 61 * second) == 0)
    }

    @Test func `the cap holds whatever happens`() {
        var generator = SeededGenerator.forTest(seed: 21)
        for _ in 0..<50 {
            let percent = generator.int(0...100)
            let count = generator.int(0...6)
            var table = EjectionTable(count: count, OutlierSettings(maxEjectedPercent: percent))
            var now: Int64 = 0
            for _ in 0..<300 {
                now += Int64(generator.int(0...5)) * second
                let index = generator.int(-1...6)
                switch generator.int(0...3) {
                case 0: _ = table.eject(index, now: now)
                case 1: _ = table.claimProbe(now: now)
                case 2: _ = table.setHealthy(index, generator.oneIn(2), now: now)
                default:
                    let result = AttemptResult(rawValue: UInt8(generator.int(0...4))) ?? .success
                    _ = table.probed(index, result, now: now)
                }
                #expect(table.invariants)
            }
        }
    }

    /// Acceptance R3, with each balancing method: 1000 requests a second, three upstreams, one is killed after 5 s and
    /// started again at 40 s.
    @Test(arguments: BalancingMethod.allCases)
    func `a killed upstream costs no request after a second, and returns`(_ method: BalancingMethod) {
        var cell = SimulatedCell(method: method)
        var lateErrors = 0
        var returned = 0
        for millisecond in 0..<80_000 {
            cell.isDead = [false, false, (5_000..<40_000).contains(millisecond)]
            let (isServed, index) = cell.request(now: Int64(millisecond) * PolicyTime.millisecond)
            if !isServed, !(5_000..<6_000).contains(millisecond) { lateErrors += 1 }
            if millisecond >= 65_000, index == 2 { returned += 1 }
        }
        #expect(lateErrors == 0)
        #expect(cell.errors <= 3)
        #expect(returned > 3_000)
        #expect(cell.wasted < 20)
    }
}

/// A cell of three upstreams behind balancer, detector, retry policy and budget; every request takes no time.
struct SimulatedCell {
    var isDead = [false, false, false]
    private(set) var errors = 0
    /// Attempts that met a dead upstream.
    private(set) var wasted = 0
    private(set) var attempts = 0
    private var balancer: Balancer
    private let detector = OutlierDetector(upstreams: 3)
    private let budget = RetryBudget()
    private let policy = RetryPolicy()
    private var random = FastRandom(seed: 7, 8)

    init(method: BalancingMethod) {
        let views = (0..<3).map { UpstreamView(hash: ByteMix.hash($0)) }
        balancer = Balancer(views, BalancingSettings(method: method))
    }

    /// Whether it was answered, and by which upstream.
    mutating func request(now: Int64) -> (Bool, Int) {
        budget.noteRequest(now: now)
        let tenant = random.next()
        var excluded: Int?
        for attempt in 1...3 {
            for index in 0..<3 { balancer.setUsable(index, detector.isAdmitted(index), now: now) }
            let probe = attempt == 1 ? detector.claimProbe(isRepeatable: true, now: now) : nil
            let pick = probe ?? balancer.pick(tenantHash: tenant, excluding: excluded, now: now, random: &random)
            guard let pick else { break }
            attempts += 1
            balancer.begin(pick)
            balancer.end(pick, latencyNanos: 5_000_000, failed: isDead[pick], now: now)
            let result: AttemptResult = isDead[pick] ? .connectFailure : .success
            _ = detector.note(pick, result, isProbe: probe != nil, now: now)
            if !isDead[pick] { return (true, pick) }
            wasted += 1
            excluded = pick
            guard mayRetry(attempt, now) else { break }
        }
        errors += 1
        return (false, -1)
    }

    private mutating func mayRetry(_ attempt: Int, _ now: Int64) -> Bool {
        let failed = FailedAttempt(
            failure: .connectRefused, attempts: attempt, isIdempotent: false, lostBodyBytes: 0,
            responseStarted: false, hadStaleConnection: false, hasOtherUpstream: true, remainingNanos: .max)
        guard case .retry(_, _, let isFree) = policy.decide(failed, random: &random) else { return false }
        return isFree || budget.takeRetry(now: now)
    }
}
