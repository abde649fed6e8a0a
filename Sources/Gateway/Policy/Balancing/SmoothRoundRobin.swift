/// Smooth weighted round robin (nginx, commit 52327e0627): in every series of as many picks as the weights sum up to,
/// each upstream is picked as often as its weight, and the picks of a heavy one are spread.
enum SmoothRoundRobin {
    static func pick(_ upstreams: inout [UpstreamView], _ candidates: Candidates) -> Int? {
        var best: Int?
        for index in upstreams.indices where upstreams[index].isUsable && index != candidates.excluded {
            upstreams[index].turn += upstreams[index].share
            if let current = best, upstreams[current].turn >= upstreams[index].turn { continue }
            best = index
        }
        if let best { upstreams[best].turn -= candidates.totalShare }
        return best
    }
}
