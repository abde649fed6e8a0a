/// How a cell's requests are spread over its upstreams.
public enum BalancingMethod: String, Sendable, Hashable, CaseIterable {
    /// Two random upstreams, of which the one with less load and latency takes the request. The default.
    case powerOfTwoEWMA = "p2c_ewma"
    /// In turn, in proportion to the weights.
    case roundRobin = "round_robin"
    /// A tenant stays with one upstream, as long as that one is usable and not overloaded.
    case hashTenant = "hash_tenant"
}
