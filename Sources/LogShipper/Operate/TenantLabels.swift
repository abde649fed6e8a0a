import GatewayMetrics

/// The bounded `tenant` label: the first `limit` tenants by their own names, the rest together as `_other`.
final class TenantLabels {
    private let limit: Int
    private let lines: CounterFamily<1>
    private let acked: CounterFamily<2>
    private var lineCounters: [TenantID: Counter] = [:]
    private var ackedCounters: [AckedKey: Counter] = [:]

    private struct AckedKey: Hashable {
        var output: Int
        var tenant: TenantID
    }

    init(limit: Int, metrics: ShipperMetrics) {
        self.limit = limit
        lines = metrics.lines
        acked = metrics.ackedLines
    }

    func countLines(_ count: Int, tenant: TenantID, name: String) {
        let key = bounded(tenant)
        let counter = lineCounters[key] ?? lines.bind([label(key, name)])
        lineCounters[key] = counter
        counter.increment(by: UInt64(count))
    }

    func countAcked(_ count: Int, output: Int, outputName: String, tenant: TenantID, name: String) {
        let key = AckedKey(output: output, tenant: bounded(tenant))
        let counter = ackedCounters[key] ?? acked.bind([outputName, label(key.tenant, name)])
        ackedCounters[key] = counter
        counter.increment(by: UInt64(count))
    }

    private static let others = TenantID.max

    private func bounded(_ tenant: TenantID) -> TenantID {
        Int(tenant) <= limit ? tenant : TenantLabels.others
    }

    private func label(_ key: TenantID, _ name: String) -> String {
        switch key {
        case TenantTable.defaultID: "_none"
        case TenantLabels.others: "_other"
        default: name
        }
    }
}
