/// Chooses the upstream of a request. Per event loop: like Finagle's clients, each loop knows only its own load and
/// latencies, which balances well as long as the loops have like traffic, and costs no shared cache line.
///
/// Hot path: O(upstreams), no allocation.
struct Balancer {
    let settings: BalancingSettings
    private(set) var upstreams: [UpstreamView]

    /// `loop` keeps the loops' round robins apart.
    init(_ upstreams: [UpstreamView], _ settings: BalancingSettings = BalancingSettings(), loop: Int = 0) {
        self.settings = settings.clamped()
        self.upstreams = upstreams
        guard settings.method == .roundRobin, upstreams.count > 1 else { return }
        let steps = max(0, loop) % upstreams.count
        for _ in 0..<steps { turn(now: 0) }
    }

    private mutating func turn(now: Int64) {
        let candidates = Candidates(&upstreams, excluding: nil, settings.slowStart, now: now)
        _ = SmoothRoundRobin.pick(&upstreams, candidates)
    }

    /// The upstream for a request, another than `excluding` if there is one; nil when none is usable.
    mutating func pick(tenantHash: UInt64, excluding: Int?, now: Int64, random: inout FastRandom) -> Int? {
        let candidates = Candidates(&upstreams, excluding: excluding, settings.slowStart, now: now)
        guard candidates.count > 0 else { return nil }
        switch settings.method {
        case .powerOfTwoEWMA:
            return PowerOfTwoChoices.pick(
                upstreams, candidates, memoryNanos: settings.latencyMemoryNanos, now: now, random: &random)
        case .roundRobin:
            return SmoothRoundRobin.pick(&upstreams, candidates)
        case .hashTenant:
            return RendezvousHash.pick(upstreams, candidates, tenantHash: tenantHash, settings)
        }
    }

    /// What the active checks and the outlier detector say; cheap when nothing changes. An upstream that comes back
    /// starts slowly and without a past.
    @inline(__always)
    mutating func setUsable(_ index: Int, _ isUsable: Bool, now: Int64) {
        guard upstreams.indices.contains(index), upstreams[index].isUsable != isUsable else { return }
        upstreams[index].isUsable = isUsable
        guard isUsable else { return }
        upstreams[index].latency.reset()
        upstreams[index].slowStart.begin(now: now)
        upstreams[index].turn = 0
    }

    /// An attempt starts.
    mutating func begin(_ index: Int) {
        if upstreams.indices.contains(index) { upstreams[index].inFlight &+= 1 }
    }

    /// An attempt is over. The latency is that until the response head; nil when it says nothing (the client left).
    mutating func end(_ index: Int, latencyNanos: Int64?, failed: Bool, now: Int64) {
        guard upstreams.indices.contains(index) else { return }
        upstreams[index].inFlight = max(0, upstreams[index].inFlight &- 1)
        guard let latencyNanos else { return }
        var sample = latencyNanos
        if failed {
            // A quick failure is not speed. No more than that: an upstream that is avoided for its failures would hide
            // them from the outlier detector, which can tell when they are over.
            if upstreams[index].latency.isNew { return }
            let known = upstreams[index].latency.value(now: now, memoryNanos: settings.latencyMemoryNanos)
            sample = max(sample, Int64(clamping: known))
        }
        upstreams[index].latency.observe(sample, now: now, memoryNanos: settings.latencyMemoryNanos)
    }
}
