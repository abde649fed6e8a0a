import GatewayMetrics
import StructuredLog

/// From a tenant's bytes to its metric children, on one event loop: no lock, no `String` once a tenant is known.
///
/// There are never more children than values of the label (`LabelPolicy.valueBound`), whatever ids come: ids without a
/// place share those of `_other`. Hot path: benchmark `gateway`.
final class TenantCache {
    let none: TenantMeters
    let other: TenantMeters
    private let labels: TenantLabels
    private let metrics: GatewayMetricSet
    private let places: LabelCache
    /// By the index of the place.
    private var children: [TenantMeters?]
    /// Tenants with children of their own, and one for all the others.
    private(set) var count = 1
    private var nextFlushNanos: Int64 = 0

    /// How often the loop tells the policy what it saw, at least.
    private static let flushNanos: Int64 = 1_000_000_000

    init(labels: TenantLabels, metrics: GatewayMetricSet) {
        self.labels = labels
        self.metrics = metrics
        places = labels.label.makeCache()
        none = TenantMeters(label: BoundedLabel.none, place: .none, metrics: metrics)
        other = TenantMeters(label: BoundedLabel.other, place: .other, metrics: metrics)
        children = Array(repeating: nil, count: labels.label.policy.valueBound)
        children[LabelPlace.other.index] = other
        children[LabelPlace.none.index] = none
    }

    /// The children under which a request of the tenant whose id stands at `id` is counted at this moment.
    ///
    /// To be asked for when the request is counted, not when it begins: by then the tenant may have lost its place, and
    /// nobody writes a demoted tenant's series.
    ///
    /// With a count of 0 it only asks.
    func meters(
        _ bytes: Span<UInt8>, _ id: ByteSlice, _ source: TenantSource = .header, count: Int = 1
    ) -> TenantMeters {
        guard source == .token || source == .header && labels.knowsHeaderIDs, id.upper <= bytes.count else {
            return source == .none || source == .rejected ? none : other
        }
        let place = bytes.withUnsafeBytes {
            places.find(UnsafeRawBufferPointer(rebasing: $0[id.lower..<id.upper]), count: count)
        }
        if let known = children[place.index], known.place == place { return known }
        return bind(place)
    }

    private func bind(_ place: LabelPlace) -> TenantMeters {
        guard let text = labels.label.text(of: place) else { return other }
        let made = TenantMeters(label: text, place: place, metrics: metrics)
        if children[place.index] == nil { count += 1 }
        children[place.index] = made
        return made
    }

    /// With every tick of the loop.
    func tick(now: Int64) {
        guard now >= nextFlushNanos else { return }
        nextFlushNanos = SteadyTime.after(Self.flushNanos, from: now)
        places.flush()
    }

    /// After the cells changed: their ordinals mean other cells now.
    func forgetCells() {
        for meters in children { meters?.forgetCells() }
    }
}
