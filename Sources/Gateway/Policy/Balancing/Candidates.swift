/// Which upstreams may take a request, summed up before one is chosen.
struct Candidates {
    /// None of the upstreams: -1.
    private(set) var excluded: Int
    private(set) var count = 0
    private(set) var totalShare = 0
    private(set) var largestShare = 1
    private(set) var totalInFlight = 0

    /// The usable ones without `excluded`; that one too if there is no other. Refreshes the shares.
    init(_ upstreams: inout [UpstreamView], excluding: Int?, _ slowStart: SlowStartSettings, now: Int64) {
        excluded = excluding ?? -1
        for index in upstreams.indices where upstreams[index].isUsable {
            upstreams[index].share = upstreams[index].weight * upstreams[index].slowStart.permille(slowStart, now: now)
            if index != excluded { add(upstreams[index]) }
        }
        if count == 0, upstreams.indices.contains(excluded), upstreams[excluded].isUsable {
            add(upstreams[excluded])
            excluded = -1
        }
    }

    private mutating func add(_ upstream: UpstreamView) {
        count += 1
        totalShare += upstream.share
        largestShare = max(largestShare, upstream.share)
        totalInFlight &+= upstream.inFlight
    }
}
