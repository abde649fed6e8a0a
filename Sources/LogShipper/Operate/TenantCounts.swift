import GatewayMetrics

/// What one output's reader counts by tenant; see `TenantLabels`. Belongs to that reader's thread.
final class TenantCounts {
    private let labels: TenantLabels
    private let places: LabelCache
    private let reader: Int
    private let output: String
    /// By the index of the place.
    private var lineCounters: [Child?]
    private var ackedCounters: [Child?]
    private var nextFlushNanos: Int64 = 0
    private var nextRemovalNanos: Int64 = 0

    private struct Child {
        let place: LabelPlace
        let counter: Counter
    }

    /// How often the policy is told what was seen, and how often series whose time is over are looked for, at least.
    private static let flushNanos: Int64 = 1_000_000_000
    private static let removalNanos: Int64 = 30_000_000_000

    init(_ labels: TenantLabels, reader: Int, output: String) {
        self.labels = labels
        self.reader = reader
        self.output = output
        places = labels.label.makeCache()
        lineCounters = Array(repeating: nil, count: labels.label.policy.valueBound)
        ackedCounters = lineCounters
    }

    func countLines(_ count: Int, tenant: TenantID, name: String) {
        let fresh = labels.unseen(max(count, 0), of: name, by: reader)
        let place = place(tenant, name, fresh)
        counter(place, in: &lineCounters) { labels.lines.lookUp([$0]) }.increment(by: UInt64(fresh))
    }

    func countAcked(_ count: Int, tenant: TenantID, name: String) {
        let place = place(tenant, name, 0)
        counter(place, in: &ackedCounters) { labels.acked.lookUp([output, $0]) }
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
        labels.label.removeDue()
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
        let found = bind(labels.label.text(of: place) ?? BoundedLabel.other)
        if found.isOwn { children[place.index] = Child(place: place, counter: found.child) }
        return found.child
    }
}
