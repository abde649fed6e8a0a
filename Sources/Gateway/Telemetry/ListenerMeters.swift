import GatewayMetrics

/// The connection metrics of one listener on one event loop.
final class ListenerMeters {
    private let accepted: Counter
    private let open: Gauge
    private let shard: Shard

    /// - Parameter shard: the event loop's own, or the shared one
    init(_ listener: String, metrics: GatewayMetricSet, shard: Shard) {
        accepted = metrics.connectionsAccepted.bind([listener])
        open = metrics.connectionsOpen.bind([listener])
        self.shard = shard
    }

    func opened() {
        accepted.increment(on: shard)
        open.add(1, on: shard)
    }

    func closed() { open.add(-1, on: shard) }
}
