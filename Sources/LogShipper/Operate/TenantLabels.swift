import GatewayMetrics

/// The bounded `tenant` label of the shipper: the busiest tenants by their own names, the rest together as `_other`.
///
/// Who is busy follows from the lines that were read; how a place is won and lost is the policy of `BoundedLabel`. Lines
/// of a tenant that lost its place count under `_other` from then on, also when they are acknowledged. So the sums over
/// all series are exact until a tenant's series vanish, an hour after it lost its place. For the reader's thread.
final class TenantLabels {
    private let label: BoundedLabel
    private let places: LabelCache
    private let lines: CounterFamily<1>
    private let acked: CounterFamily<2>
    /// By the index of the place.
    private var lineCounters: [Child?]
    /// By output, then by the index of the place.
    private var ackedCounters: [[Child?]] = []
    private var nextFlushNanos: Int64 = 0
    private var nextRemovalNanos: Int64 = 0

    private struct Child {
        let place: LabelPlace
        let counter: Counter
    }

    /// How often the policy is told what was seen, and how often series whose time is over are looked for, at least.
    private static let flushNanos: Int64 = 1_000_000_000
    private static let removalNanos: Int64 = 30_000_000_000

    /// - Parameter outputs: how many there are
    init(limit: Int, outputs: Int = 1, metrics: ShipperMetrics) throws(MetricError) {
        lines = metrics.lines
        acked = metrics.ackedLines
        let policy = LabelPolicy(places: limit, longestValueBytes: TenantRule.maxBytes)
        label = metrics.registry.boundedLabel("tenant", policy: policy)
        try label.govern(metrics.lines)
        // Both families have room for all values: at most 6,000 tenants by the outputs.
        try label.govern(metrics.ackedLines, combinations: outputs, ceiling: 1_000_000)
        places = label.makeCache()
        lineCounters = Array(repeating: nil, count: label.policy.valueBound)
    }

    /// What the program logs when it starts.
    var summary: [(key: String, value: String)] { label.summary(threads: 1) }

    func countLines(_ count: Int, tenant: TenantID, name: String) {
        let place = place(tenant, name, count)
        counter(place, in: &lineCounters) { lines.lookUp([$0]) }.increment(by: UInt64(max(count, 0)))
    }

    func countAcked(_ count: Int, output: Int, outputName: String, tenant: TenantID, name: String) {
        while ackedCounters.count <= output { ackedCounters.append(Array(repeating: nil, count: lineCounters.count)) }
        let place = place(tenant, name, 0)
        counter(place, in: &ackedCounters[output]) { acked.lookUp([outputName, $0]) }
            .increment(by: UInt64(max(count, 0)))
    }

    /// Between two turns of the reader.
    func tick(now: Int64) {
        guard now >= nextFlushNanos else { return }
        nextFlushNanos = now + Self.flushNanos
        places.flush()
        // Scrapes do it, too; this is for a shipper that nobody scrapes.
        guard now >= nextRemovalNanos else { return }
        nextRemovalNanos = now + Self.removalNanos
        label.removeDue()
    }

    /// With a count of 0 it only asks.
    private func place(_ tenant: TenantID, _ name: String, _ count: Int) -> LabelPlace {
        if tenant == TenantTable.defaultID { return .none }
        var name = name
        return name.withUTF8 { places.find(UnsafeRawBufferPointer($0), count: count) }
    }

    private func counter(
        _ place: LabelPlace, in children: inout [Child?], bind: (String) -> (child: Counter, isOwn: Bool)
    ) -> Counter {
        if let known = children[place.index], known.place == place { return known.counter }
        let found = bind(label.text(of: place) ?? BoundedLabel.other)
        if found.isOwn { children[place.index] = Child(place: place, counter: found.child) }
        return found.child
    }
}
