/// Which upstreams of a cell are ejected, and the cap on them; pure. Shared by the loops behind the detector's lock.
struct EjectionTable {
    /// Of one upstream.
    enum State: Equatable {
        case admitted(sinceNanos: Int64)
        case ejected(untilNanos: Int64)
        /// Half open: one request is on its way; another one may probe after `untilNanos`.
        case probing(untilNanos: Int64)
    }

    struct Upstream: Equatable {
        var state = State.admitted(sinceNanos: 0)
        /// By the active checks.
        var isHealthy = true
        /// Ejections that are not forgotten.
        var ejections = 0
        var lastEjectionNanos: Int64 = 0

        var isAdmitted: Bool {
            if case .admitted = state { true } else { false }
        }
    }

    let settings: OutlierSettings
    private(set) var upstreams: [Upstream]
    private(set) var ejectedCount = 0

    init(count: Int, _ settings: OutlierSettings) {
        self.settings = settings.clamped()
        upstreams = Array(repeating: Upstream(), count: max(0, count))
    }

    /// Upstreams that may be ejected at once.
    var capacity: Int {
        guard upstreams.count >= 2, settings.maxEjectedPercent > 0 else { return 0 }
        return max(1, upstreams.count * settings.maxEjectedPercent / 100)
    }

    /// When the next probe is due; `Int64.max` without an ejected upstream that passes its checks.
    var nextProbeNanos: Int64 {
        guard ejectedCount > 0 else { return .max }
        var next = Int64.max
        for upstream in upstreams where upstream.isHealthy {
            switch upstream.state {
            case .admitted: continue
            case .ejected(let until), .probing(let until): next = min(next, until)
            }
        }
        return next
    }

    /// Ejects an admitted upstream, if the cap and the others allow it.
    mutating func eject(_ index: Int, now: Int64) -> EjectionChange? {
        guard upstreams.indices.contains(index), case .admitted(let since) = upstreams[index].state,
            ejectedCount < capacity, hasUsable(besides: index)
        else { return nil }
        let forgotten = max(0, now.subtractingClamped(since)) / settings.forgetNanos
        let kept = max(0, Int64(upstreams[index].ejections).subtractingClamped(forgotten))
        upstreams[index].ejections = Int(kept) + 1
        ejectedCount += 1
        return leaveOut(index, now: now)
    }

    /// An ejected upstream whose time is over, to be tried by one request.
    mutating func claimProbe(now: Int64) -> Int? {
        guard ejectedCount > 0 else { return nil }
        for index in upstreams.indices where upstreams[index].isHealthy {
            switch upstreams[index].state {
            case .ejected(let until) where until <= now, .probing(let until) where until <= now:
                upstreams[index].state = .probing(untilNanos: now.addingClamped(settings.probeNanos))
                return index
            default: continue
            }
        }
        return nil
    }

    /// The probe's verdict. A refused connect is cheap to try again, so only other failures make the ejection longer.
    mutating func probed(_ index: Int, _ result: AttemptResult, now: Int64) -> EjectionChange? {
        guard upstreams.indices.contains(index), case .probing = upstreams[index].state else { return nil }
        switch result {
        case .success:
            return readmit(index, now: now)
        case .cancelled:
            upstreams[index].state = .ejected(untilNanos: now)
            return nil
        case .connectFailure:
            return leaveOut(index, now: now)
        case .serverError, .broken:
            upstreams[index].ejections += 1
            return leaveOut(index, now: now)
        }
    }

    /// What the active checks found. An ejected upstream that passes them again is probed at once. When no usable
    /// upstream is left, an ejected one that passes its checks is better than none.
    mutating func setHealthy(_ index: Int, _ isHealthy: Bool, now: Int64) -> EjectionChange? {
        guard upstreams.indices.contains(index) else { return nil }
        let hasRecovered = isHealthy && !upstreams[index].isHealthy
        upstreams[index].isHealthy = isHealthy
        if hasRecovered, case .ejected(let until) = upstreams[index].state {
            upstreams[index].state = .ejected(untilNanos: min(until, now))
        }
        guard ejectedCount > 0, !hasUsable(besides: -1) else { return nil }
        guard let best = upstreams.indices.first(where: { upstreams[$0].isHealthy && !upstreams[$0].isAdmitted })
        else { return nil }
        return readmit(best, now: now)
    }

    private mutating func readmit(_ index: Int, now: Int64) -> EjectionChange {
        upstreams[index].state = .admitted(sinceNanos: now)
        ejectedCount -= 1
        return .readmitted(index: index)
    }

    private mutating func leaveOut(_ index: Int, now: Int64) -> EjectionChange {
        let times = Int64(max(1, upstreams[index].ejections))
        let length = min(settings.ejectionNanos.multipliedClamped(by: times), settings.maxEjectionNanos)
        // Beyond the longest more ejections say nothing; without the cap they would take for ever to forget.
        let useful = Int(settings.maxEjectionNanos / settings.ejectionNanos) + 1
        upstreams[index].ejections = min(upstreams[index].ejections, useful)
        upstreams[index].lastEjectionNanos = length
        let until = now.addingClamped(length)
        upstreams[index].state = .ejected(untilNanos: until)
        return .ejected(index: index, untilNanos: until)
    }

    private func hasUsable(besides index: Int) -> Bool {
        for other in upstreams.indices where other != index {
            if upstreams[other].isHealthy, upstreams[other].isAdmitted { return true }
        }
        return false
    }

    /// The count and the cap hold, and a healthy upstream is left unless none is healthy.
    var invariants: Bool {
        let ejected = upstreams.count { !$0.isAdmitted }
        let isAnyHealthy = upstreams.contains { $0.isHealthy }
        return ejected == ejectedCount && ejected <= capacity && (!isAnyHealthy || hasUsable(besides: -1))
            && upstreams.allSatisfy { $0.ejections >= 0 && $0.lastEjectionNanos <= settings.maxEjectionNanos }
    }
}
