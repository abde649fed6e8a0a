import GatewayMetrics

/// How many connections a pool has, as gauges that are brought up to date with every tick of the event loop: requests
/// take and give back connections without touching them.
struct PoolGauges {
    private let active: Gauge
    private let idle: Gauge
    private var reportedActive = 0
    private var reportedIdle = 0

    init(cell: String, upstream: String, metrics: GatewayMetricSet) {
        active = metrics.upstreamConnections.bind([cell, upstream, Self.states[0]])
        idle = metrics.upstreamConnections.bind([cell, upstream, Self.states[1]])
    }

    static let states = ["active", "idle"]

    mutating func report(active newActive: Int, idle newIdle: Int, on shard: Shard) {
        if newActive != reportedActive {
            active.add(Double(newActive - reportedActive), on: shard)
            reportedActive = newActive
        }
        if newIdle != reportedIdle {
            idle.add(Double(newIdle - reportedIdle), on: shard)
            reportedIdle = newIdle
        }
    }
}
