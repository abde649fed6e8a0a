import GatewayMetrics
import StructuredLog

/// The metric shard and the log ring of one event loop.
final class LoopTelemetry {
    let metrics: GatewayMetricSet
    let shard: Shard
    let ring: LogRing
    let tenants: TenantCache
    let leases: SeriesLeases
    /// Of all series: with many of them each request would give one.
    var exemplars = ExemplarPace(nanos: 1_000_000)
    /// Requests without a cell.
    let unknownCell: CellMeters
    /// Requests the gateway answers itself.
    let localCell: CellMeters
    private let rejections: [Counter]
    private let handshakes: [Counter]
    private let handshakeFailures: [Counter]

    /// `index` counts from 1.
    init(index: Int, metrics: GatewayMetricSet, log: LogSink, labels: TenantLabels, leases: SeriesLeases) {
        self.metrics = metrics
        self.leases = leases
        shard = Shard(owned: index)
        ring = log.ring(index)
        tenants = TenantCache(labels: labels, metrics: metrics)
        unknownCell = CellMeters(name: CellMeters.unknown, ordinal: 0, metrics: metrics)
        localCell = CellMeters(name: CellMeters.local, ordinal: 1, metrics: metrics)
        handshakes = TLSVersion.allCases.map { metrics.tlsHandshakes.bind(["\($0.name)"]) }
        handshakeFailures = TLSFailure.Kind.allCases.map { metrics.tlsHandshakeFailures.bind([$0.rawValue]) }
        rejections = RejectReason.allCases.dropFirst().map { metrics.rejected.bind([$0.label]) }
    }

    /// The first ordinal that is free for a configured cell.
    static let firstCellOrdinal = 2

    func countHandshake(_ session: TLSSession?) {
        guard let version = session?.version, let index = TLSVersion.allCases.firstIndex(of: version) else { return }
        handshakes[index].increment(on: shard)
    }

    func countHandshakeFailure(_ kind: TLSFailure.Kind) {
        guard let index = TLSFailure.Kind.allCases.firstIndex(of: kind) else { return }
        handshakeFailures[index].increment(on: shard)
    }

    func countRejection(_ reason: RejectReason) {
        guard reason != .none else { return }
        rejections[Int(reason.rawValue) - 1].increment(on: shard)
    }
}
