import Locking
import Synchronization

/// Leaves out upstreams that fail requests, and lets one request at a time find out whether they are back (after
/// Envoy's outlier detection). Shared by all loops, so that what one loop learns protects the requests of all.
///
/// An ejected upstream is not usable for the balancer. Before balancing, a loop asks `claimProbe`; the request that
/// gets an index goes there and reports with `isProbe`. Hot path: two relaxed loads and a store at most; the lock is
/// taken only for ejections, probes and changes of health.
final class OutlierDetector: Sendable {
    private let counters: AtomicWords
    private let nextProbe = Atomic<Int64>(.max)
    private let settings: OutlierSettings
    private let table: Locked<EjectionTable>

    /// Words of an upstream: failures in a row, failed connects in a row, 1 while it is ejected, and the share of
    /// failures as an average that fades by a sixty-fourth with each answer, in 2^-32.
    private static let stride = 4
    private static let whole: UInt64 = 1 << 32

    init(upstreams: Int, _ settings: OutlierSettings = OutlierSettings()) {
        self.settings = settings.clamped()
        counters = AtomicWords(max(0, upstreams) * Self.stride)
        table = Locked(EjectionTable(count: upstreams, settings))
    }

    /// For the balancer; the active checks are asked beside it.
    @inline(__always)
    func isAdmitted(_ index: Int) -> Bool { counters.load(index &* Self.stride &+ 2) == 0 }

    /// The upstream that this request has to probe. Requests that could be repeated elsewhere are asked first.
    @inline(__always)
    func claimProbe(isRepeatable: Bool, now: Int64) -> Int? {
        let due = nextProbe.load(ordering: .relaxed)
        guard due <= now, isRepeatable || due.addingClamped(settings.probePatienceNanos) <= now else { return nil }
        return table.withLock { table in
            let index = table.claimProbe(now: now)
            nextProbe.store(table.nextProbeNanos, ordering: .relaxed)
            return index
        }
    }

    /// An attempt has ended. The result says what changed, to be logged.
    func note(_ index: Int, _ result: AttemptResult, isProbe: Bool, now: Int64) -> EjectionChange? {
        if isProbe { return change { $0.probed(index, result, now: now) } }
        let failures = index &* Self.stride
        switch result {
        case .cancelled:
            return nil
        case .success:
            counters.clear(failures)
            counters.clear(failures &+ 1)
            // Without failures of late nothing is written.
            _ = counters.update(failures &+ 3) { $0 == 0 ? nil : $0 &- max(1, $0 / 64) }
            return nil
        case .serverError, .broken:
            counters.clear(failures &+ 1)
            return isOutlier(index) ? eject(index, now: now) : nil
        case .connectFailure:
            let isUnreachable = reaches(settings.connectFailuresInRow, counters.increment(failures &+ 1))
            return isOutlier(index) || isUnreachable ? eject(index, now: now) : nil
        }
    }

    /// Counts a failure; whether there are too many.
    private func isOutlier(_ index: Int) -> Bool {
        let word = index &* Self.stride
        _ = counters.update(word &+ 3) { $0 &+ (Self.whole &- min($0, Self.whole)) / 64 }
        return reaches(settings.failuresInRow, counters.increment(word)) || failsMoreThanOthers(index)
    }

    private func failsMoreThanOthers(_ index: Int) -> Bool {
        let own = counters.load(index &* Self.stride &+ 3)
        guard settings.failurePercent > 0, own &* 100 >= Self.whole &* UInt64(settings.failurePercent) else {
            return false
        }
        let count = counters.count / Self.stride
        let others = (0..<count).reduce(0) { $0 &+ counters.load($1 &* Self.stride &+ 3) } &- own
        return others &* 2 < own &* UInt64(max(0, count - 1))
    }

    /// What the active checks found.
    func setHealthy(_ index: Int, _ isHealthy: Bool, now: Int64) -> EjectionChange? {
        change { $0.setHealthy(index, isHealthy, now: now) }
    }

    /// For reports.
    var ejectedCount: Int { table.withLock { $0.ejectedCount } }

    /// What a request touches.
    func list(_ parts: inout PrefetchList) {
        parts.add(self, bytes: 48)
        parts.add(counters.memory, atMost: 64)
    }

    private func eject(_ index: Int, now: Int64) -> EjectionChange? {
        // Late results of an upstream that is already out say nothing new.
        isAdmitted(index) ? change { $0.eject(index, now: now) } : nil
    }

    private func reaches(_ limit: Int, _ count: UInt64) -> Bool { limit > 0 && count >= UInt64(limit) }

    private func change(_ body: (inout EjectionTable) -> EjectionChange?) -> EjectionChange? {
        table.withLock { table in
            let change = body(&table)
            if let change { publish(change) }
            nextProbe.store(table.nextProbeNanos, ordering: .relaxed)
            return change
        }
    }

    private func publish(_ change: EjectionChange) {
        switch change {
        case .ejected(let index, _):
            counters.store(index &* Self.stride &+ 2, 1)
        case .readmitted(let index):
            counters.clear(index &* Self.stride)
            counters.clear(index &* Self.stride &+ 1)
            counters.clear(index &* Self.stride &+ 3)
            counters.clear(index &* Self.stride &+ 2)
        }
    }
}
