import GatewayMetrics
import Locking

/// The bounded `tenant` label of the shipper: the busiest tenants by their own names, the rest together as `_other`.
///
/// Who is busy follows from the lines that were read; how a place is won and lost is the policy of `BoundedLabel`. Lines
/// of a tenant that lost its place count under `_other` from then on, also when they are acknowledged. So the sums over
/// all series are exact until a tenant's series vanish, an hour after it lost its place. Every output's reader counts through
/// a `TenantCounts` of its own.
final class TenantLabels: Sendable {
    let label: BoundedLabel
    let lines: CounterFamily<1>
    let acked: CounterFamily<2>
    /// How many outputs more than at the start a reload may bring before their series are bounded more tightly.
    private static let spareOutputs = 16

    /// What each reader counted of a tenant.
    private struct Tally {
        var furthest = 0
        var byReader: [Int: Int] = [:]
    }

    /// Tenants of which the readers did not count the same yet; only kept while there are several readers.
    private struct Census {
        var readers = 0
        var tallies: [String: Tally] = [:]
        /// Tenants beyond the limit, all as one.
        var others: Tally?
    }

    /// How many tenants are told apart of which one reader has counted more than another.
    static let maxTallies = 65_536
    private let census = Locked(Census())

    /// - Parameter outputs: how many there are
    init(limit: Int, outputs: Int = 1, metrics: ShipperMetrics) throws(MetricError) {
        lines = metrics.lines
        acked = metrics.ackedLines
        let policy = LabelPolicy(places: limit, longestValueBytes: TenantRule.maxBytes)
        label = metrics.registry.boundedLabel("tenant", policy: policy)
        try label.govern(metrics.lines)
        // Both families have room for all values: at most 6,000 tenants by the outputs.
        try label.govern(
            metrics.ackedLines, combinations: outputs + TenantLabels.spareOutputs, ceiling: 1_000_000)
        census.withLock { $0.readers = outputs }
    }

    /// What the program logs when it starts.
    func summary(threads: Int) -> [(key: String, value: String)] { label.summary(threads: threads) }

    /// The counters of one output's reader.
    func makeCounts(reader: Int, output: String) -> TenantCounts {
        TenantCounts(self, reader: reader, output: output)
    }

    /// Every output's reader reads the same lines; `shipper_lines_total` follows the one that has read most of a tenant.
    ///
    /// - Returns: how many of the lines nobody had counted yet
    func unseen(_ count: Int, of tenant: String, by reader: Int) -> Int {
        census.withLock { census in
            guard census.readers > 1 else { return count }
            if let tally = census.tallies[tenant] {
                let (fresh, rest) = TenantLabels.add(count, reader, to: tally, readers: census.readers)
                census.tallies[tenant] = rest
                return fresh
            }
            // Once there are others, whoever is new is one of them until all readers have counted the same of them.
            guard census.others != nil || census.tallies.count >= TenantLabels.maxTallies else {
                let (fresh, rest) = TenantLabels.add(count, reader, to: Tally(), readers: census.readers)
                census.tallies[tenant] = rest
                return fresh
            }
            let (fresh, rest) = TenantLabels.add(count, reader, to: census.others ?? Tally(), readers: census.readers)
            census.others = rest
            return fresh
        }
    }

    /// What is new of a count, and the tally after it; nil where all readers have counted the same.
    private static func add(_ count: Int, _ reader: Int, to tally: Tally, readers: Int) -> (fresh: Int, rest: Tally?) {
        var tally = tally
        let own = (tally.byReader[reader] ?? 0) + count
        tally.byReader[reader] = own
        let fresh = max(0, own - tally.furthest)
        tally.furthest += fresh
        let isEven = tally.byReader.values.count { $0 == tally.furthest } >= readers
        return (fresh, isEven ? nil : tally)
    }

    /// How many tallies are kept, for tests.
    var tallyCount: Int { census.withLock { $0.tallies.count + ($0.others == nil ? 0 : 1) } }

    /// How many readers count from now on.
    func setReaders(_ count: Int) {
        census.withLock { census in
            census.readers = count
            if count <= 1 {
                census.tallies = [:]
                census.others = nil
            }
        }
    }
}
