import GatewayMetrics
import StructuredLog

/// The metric shard and the log ring of one event loop.
final class LoopTelemetry {
    let metrics: GatewayMetricSet
    let shard: Shard
    let ring: LogRing
    let tenants: TenantCache
    let leases: SeriesLeases
    /// Requests without a cell.
    let unknownCell: CellMeters
    /// Requests the gateway answers itself.
    let localCell: CellMeters
    private let rejections: [Counter]

    /// `index` counts from 1.
    init(index: Int, metrics: GatewayMetricSet, log: LogSink, labels: TenantLabels, leases: SeriesLeases) {
        self.metrics = metrics
        self.leases = leases
        shard = Shard(owned: index)
        ring = log.ring(index)
        tenants = TenantCache(labels: labels, metrics: metrics)
        unknownCell = CellMeters(name: CellMeters.unknown, ordinal: 0, metrics: metrics)
        localCell = CellMeters(name: CellMeters.local, ordinal: 1, metrics: metrics)
        rejections = RejectReason.allCases.dropFirst().map { metrics.rejected.bind([$0.label]) }
    }

    /// The first ordinal that is free for a configured cell.
    static let firstCellOrdinal = 2

    func countRejection(_ reason: RejectReason) {
        guard reason != .none else { return }
        rejections[Int(reason.rawValue) - 1].increment(on: shard)
    }
}
