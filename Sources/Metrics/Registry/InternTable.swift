import Exposition
import Locking

/// The interned label values of a registry, in both directions; a value stays for as long as the registry.
final class InternTable: Sendable {
    private struct State {
        var ids: [ExactText: UInt32] = [ExactText(FamilyStore.overflowValue): 0]
        var values: [String] = [FamilyStore.overflowValue]
        var bytes = 0
    }

    private let state = Locked(State())
    private let refusals: Refusals

    init(refusals: Refusals) { self.refusals = refusals }

    /// The most values.
    static let maxValues = 65_536
    /// The most bytes of all values together.
    static let maxBytes = 4 * 1024 * 1024
    /// Bytes of a full table.
    static let byteBound = maxBytes + 2 * maxValues * 64

    func intern(_ value: String) -> LabelValue {
        let id = state.withLock { state -> UInt32? in
            if let known = state.ids[ExactText(value)] { return known }
            let bytes = value.utf8.count
            guard state.values.count < InternTable.maxValues, bytes <= InternTable.maxBytes - state.bytes else {
                return nil
            }
            var own = value
            own.makeContiguousUTF8()
            let id = UInt32(state.values.count)
            state.values.append(own)
            state.ids[ExactText(own)] = id
            state.bytes += bytes
            return id
        }
        guard let id else {
            refusals.reject(.internFull)
            return .other
        }
        return LabelValue(id: id)
    }

    func value(_ label: LabelValue) -> String {
        state.withLock { state in
            Int(label.id) < state.values.count ? state.values[Int(label.id)] : FamilyStore.overflowValue
        }
    }
}

extension MetricsRegistry {
    /// The interned form of a label value, for ``Family/cache(maxEntries:)``.
    ///
    /// An interned value stays as long as the registry. So this is for values that are known or bounded: cells, codes,
    /// provisioned tenants; never for what a request brings. A registry takes 65,536 values and 4 MiB of text; beyond
    /// that the result is ``LabelValue/other``, and `<prefix>_metrics_rejected_total{reason="intern_full"}` counts.
    public func intern(_ value: String) -> LabelValue { context.interned.intern(value) }

    /// The text of an interned value.
    public func text(of value: LabelValue) -> String { context.interned.value(value) }
}
