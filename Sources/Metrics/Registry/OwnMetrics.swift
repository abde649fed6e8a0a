import Exposition
import Locking

/// What a registry says about itself: ordinary families, so that a scrape allocates nothing for them.
///
/// Their values are kept elsewhere while others are counted, and brought here at the beginning of each scrape.
final class OwnMetrics: Sendable {
    private let series: Gauge
    private let reasons = Refusals.Reason.allCases
    private let rejected: [Counter]
    private let overflow: CounterFamily<1>
    /// By label; only those that ever overflowed.
    private let overflowed = Locked<[String: Counter]>([:])

    /// Declares them.
    init(_ registry: MetricsRegistry) throws(MetricError) {
        let name = registry.prefix + "_metrics_"
        series = try registry.gauge(name + "series", help: "Time series that this scrape holds.")
        overflow = try registry.counter(
            name + "overflow_total",
            help: "Uses counted under _other because the family or the label is full, by that label.",
            labels: ["label"], limit: 100)
        let rejected = try registry.counter(
            name + "rejected_total", help: "Uses of metrics that were refused, by reason.", labels: ["reason"],
            limit: reasons.count)
        self.rejected = reasons.map { rejected.bind([$0.rawValue]) }
    }

    /// Brings the counts of refusals up to date.
    func refresh(_ refusals: Refusals) {
        for (reason, child) in zip(reasons, rejected) { child.cells.setShared(count: refusals.count(of: reason)) }
        var fresh: [(label: String, count: UInt64)] = []
        refusals.forEachOverflow { label, count in
            guard count > 0 else { return }
            let child = overflowed.withLock { $0[label] }
            if let child {
                child.cells.setShared(count: count)
            } else {
                fresh.append((label, count))
            }
        }
        for (label, count) in fresh {
            let child = overflow.bind([label])
            child.cells.setShared(count: count)
            overflowed.withLock { $0[label] = child }
        }
    }

    /// Sets the number of series that the scrape which begins will hold.
    func setSeries(_ count: Int) { series.set(Double(count)) }
}

extension CellHandle {
    /// Replaces the integer cell of the shared shard, for a counter that is kept elsewhere.
    fileprivate func setShared(count: UInt64) { setShared(Double(bitPattern: count), at: 0) }
}
