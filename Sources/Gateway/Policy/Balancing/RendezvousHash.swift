/// Weighted rendezvous hashing (Thaler and Ravishankar 1998; weights by -w / log h as in Schindelhauer and Schomaker
/// 2005): a tenant ranks the upstreams, and when one goes only its own tenants move. Load is bounded as in Mirrokni,
/// Thorup and Zadimoghaddam, Consistent hashing with bounded loads, 2018: an upstream that is full is passed over.
///
/// All loops rank alike, because the rank depends only on hashes and shares; the load is that of one loop.
enum RendezvousHash {
    static func pick(
        _ upstreams: [UpstreamView], _ candidates: Candidates, tenantHash: UInt64, _ settings: BalancingSettings
    ) -> Int? {
        var best: Int?
        var bestScore = 0.0
        var roomy: Int?
        var roomyScore = 0.0
        let isEven = candidates.totalShare == candidates.largestShare * candidates.count
        for index in upstreams.indices where upstreams[index].isUsable && index != candidates.excluded {
            // With equal shares the order is that of the hashes, without a logarithm.
            let unit = unit(upstreams[index], tenantHash)
            let score = isEven ? unit : Double(upstreams[index].share) / -Logarithm.base2(unit)
            if score > bestScore {
                best = index
                bestScore = score
            }
            // The first in the tenant's order that has room is the highest score of those with room: no sorting.
            if score > roomyScore, hasRoom(upstreams[index], candidates, settings) {
                roomy = index
                roomyScore = score
            }
        }
        return roomy ?? best
    }

    /// Of a tenant and an upstream, between 0 and 1 without both.
    @inline(__always)
    private static func unit(_ upstream: UpstreamView, _ tenantHash: UInt64) -> Double {
        (Double(mix(tenantHash &* 0x9E37_79B9_7F4A_7C15 ^ upstream.hash) &>> 12) + 0.5) * 0x1p-52
    }

    @inline(__always)
    private static func hasRoom(
        _ upstream: UpstreamView, _ candidates: Candidates, _ settings: BalancingSettings
    ) -> Bool {
        if upstream.inFlight < settings.minLoad { return true }
        let part = Double(upstream.share) / Double(max(1, candidates.totalShare))
        let fair = Double(candidates.totalInFlight &+ 1) * part
        return Double(upstream.inFlight) < (fair * Double(settings.maxLoadPercent) / 100).rounded(.up)
    }

    /// SplitMix64's finaliser.
    @inline(__always)
    private static func mix(_ value: UInt64) -> UInt64 {
        var mixed = (value ^ (value &>> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed &>> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed &>> 31)
    }
}
