import Exposition
import Locking

/// What a registry says about itself: ordinary families, so that a scrape allocates nothing for them.
///
/// Their values are kept elsewhere while others are counted, and brought here at the beginning of each scrape. One
/// scrape at a time does so: else one that is late would bring counts from before those of another, and what a third
/// one reads would go back.
final class OwnMetrics: Sendable {
    /// Of the labels that ever overflowed, where they are counted. The labels that find no room share one child.
    private struct Overflowed {
        /// By the label's counter the position of its child.
        var positions: [ObjectIdentifier: Int] = [:]
        var children: [Counter] = []
        /// By position, the sum of a refresh.
        var totals: [UInt64] = []

        mutating func position(of child: Counter) -> Int {
            if let known = children.firstIndex(where: { $0.cells.base == child.cells.base }) { return known }
            children.append(child)
            totals.append(0)
            return children.count - 1
        }
    }

    private let series: Gauge
    private let reasons = Refusals.Reason.allCases
    private let rejected: [Counter]
    let overflow: CounterFamily<1>
    private let overflowed = Locked(Overflowed())

    /// Label names that are counted by themselves; all others under `_other`.
    static let maxLabels = 100

    /// Declares them.
    init(_ registry: MetricsRegistry) throws(MetricError) {
        let name = registry.prefix + "_metrics_"
        series = try registry.gauge(name + "series", help: "Time series that this scrape holds.")
        overflow = try registry.counter(
            name + "overflow_total",
            help: "Uses counted under _other because the family or the label is full, by that label.",
            labels: ["label"], limit: OwnMetrics.maxLabels)
        let rejected = try registry.counter(
            name + "rejected_total", help: "Uses of metrics that were refused, by reason.", labels: ["reason"],
            limit: reasons.count)
        self.rejected = reasons.map { rejected.bind([$0.rawValue]) }
    }

    /// Brings the counts of refusals up to date; none of them ever falls.
    func refresh(_ refusals: Refusals) {
        overflowed.withLock { state in
            for (reason, child) in zip(reasons, rejected) { child.cells.raiseShared(count: refusals.count(of: reason)) }
            for position in state.totals.indices { state.totals[position] = 0 }
            var fresh: [(counter: OverflowCounter, count: UInt64)] = []
            refusals.forEachOverflow { counter in
                let count = counter.value
                guard count > 0 else { return }
                if let position = state.positions[ObjectIdentifier(counter)] {
                    state.totals[position] &+= count
                } else {
                    fresh.append((counter, count))
                }
            }
            for (counter, count) in fresh {
                let position = state.position(of: overflow.bind([counter.label]))
                state.positions[ObjectIdentifier(counter)] = position
                state.totals[position] &+= count
            }
            for (child, total) in zip(state.children, state.totals) { child.cells.raiseShared(count: total) }
        }
    }

    /// Sets the number of series that the scrape which begins will hold.
    func setSeries(_ count: Int) { series.set(Double(count)) }
}

extension CellHandle {
    /// Raises the integer cell of the shared shard, for a counter that is kept elsewhere; one thread at a time.
    fileprivate func raiseShared(count: UInt64) {
        guard count > total(at: 0) else { return }
        setShared(Double(bitPattern: count), at: 0)
    }
}
