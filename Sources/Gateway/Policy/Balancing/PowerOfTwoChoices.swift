/// Two upstreams drawn in proportion to their shares; the cheaper one is taken (Mitzenmacher, The power of two choices
/// in randomized load balancing, 2001). Never herds on the one best upstream as a minimum over all would.
///
/// The cost is (in flight / share + 1) * latency, the share relative to the largest. With equal weights that is
/// Finagle's (in flight + 1) * latency; with unequal ones an idle cell is served in proportion to the weights,
/// where (in flight + 1) / weight would send everything to the heaviest.
enum PowerOfTwoChoices {
    static func pick(
        _ upstreams: [UpstreamView], _ candidates: Candidates, memoryNanos: Int64, now: Int64,
        random: inout FastRandom
    ) -> Int? {
        let first = draw(upstreams, candidates, skipping: -1, random.below(candidates.totalShare))
        guard let first, candidates.count > 1 else { return first }
        let rest = candidates.totalShare - upstreams[first].share
        guard let second = draw(upstreams, candidates, skipping: first, random.below(rest)) else { return first }
        let one = upstreams[first].latency.value(now: now, memoryNanos: memoryNanos)
        let other = upstreams[second].latency.value(now: now, memoryNanos: memoryNanos)
        // A new upstream is taken for as fast as the other: then the load decides.
        let firstIsNew = upstreams[first].latency.isNew
        let secondIsNew = upstreams[second].latency.isNew
        let isComparable = !firstIsNew && !secondIsNew
        let firstCost = load(upstreams[first], candidates) * (isComparable ? one : 1)
        let secondCost = load(upstreams[second], candidates) * (isComparable ? other : 1)
        return secondCost < firstCost ? second : first
    }

    @inline(__always)
    private static func load(_ upstream: UpstreamView, _ candidates: Candidates) -> Double {
        Double(upstream.inFlight) * Double(candidates.largestShare) / Double(upstream.share) + 1
    }

    /// The candidate at `point` of the line on which each is as long as its share.
    private static func draw(
        _ upstreams: [UpstreamView], _ candidates: Candidates, skipping: Int, _ point: Int
    ) -> Int? {
        var left = point
        for index in upstreams.indices
        where upstreams[index].isUsable && index != skipping && index != candidates.excluded {
            left -= upstreams[index].share
            if left < 0 { return index }
        }
        return nil
    }
}
