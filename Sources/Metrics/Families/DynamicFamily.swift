import Exposition

/// A family whose label names are known only at run time, for the bridge to other interfaces.
package struct DynamicFamily<Child: Instrument>: Sendable {
    private let store: FamilyStore

    init(_ store: FamilyStore) { self.store = store }

    /// The child with these label values, in the order of the declaration; a wrong number gives one without effect.
    package func bind(_ values: [String]) -> Child {
        let cells = values.withUnsafeBufferPointer { store.bind($0) }
        return Child(cells: cells, shape: store.shape)
    }

    /// Removes the series; returns false when there was none.
    @discardableResult
    package func remove(_ values: [String]) -> Bool {
        values.withUnsafeBufferPointer { store.remove($0) }
    }
}

extension MetricsRegistry {
    /// Declares a family of `Child` with any number of labels; a name may be declared with several sets of labels.
    package func dynamicFamily<Child: Instrument>(
        _: Child.Type, _ name: String, help: String, unit: String = "", labels: [String], buckets: [Double] = [],
        native: NativeHistogramOptions? = nil, exemplars: Bool = false, states: [String] = [],
        limit: Int = MetricsRegistry.defaultSeriesLimit, idleExpirySeconds: Double? = nil
    ) throws(MetricError) -> DynamicFamily<Child> {
        DynamicFamily(
            try declare(
                variant: FamilyDescriptor(
                    name: name, kind: Child.kind, help: help, unit: unit, labels: labels, buckets: buckets,
                    seriesLimit: limit, idleExpirySeconds: idleExpirySeconds,
                    isFloat: Child.self != Counter.self, native: native, exemplars: exemplars, states: states)))
    }

    /// A child without effect, for something that could not be declared; counted with the reason `declaration`, or
    /// `bridge_full` if there are too many names.
    package func refusedChild<Child: Instrument>(_: Child.Type, isFull: Bool = false) -> Child {
        refusals.reject(isFull ? .bridgeFull : .declaration)
        return Child(cells: .inert, shape: .none)
    }
}
