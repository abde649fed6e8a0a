/// A declared metric with `arity` labels; ``bind(_:)`` gives the child of a label set.
///
/// The number of values is checked by the compiler: `family.bind(["acme", "erp"])` is an `InlineArray<2, String>`.
/// Bind once and keep the child where it is used: a bind is a lookup by strings (which takes no lock when the child
/// exists), an increment is one or two instructions. ``cache(maxEntries:)`` looks children up by interned values.
public struct Family<let arity: Int, Child: Instrument>: Sendable {
    /// The children behind it.
    @usableFromInline
    let store: FamilyStore

    init(_ store: FamilyStore) { self.store = store }

    /// What the family was declared to be.
    public var descriptor: FamilyDescriptor { store.descriptor }

    /// The child with these label values, in the order of the declaration.
    ///
    /// Beyond the family's limit it is an overflow child, in which the label that overflows has the value `_other`, and
    /// `<prefix>_metrics_overflow_total` counts with that label; if these are too many as well, the one child whose
    /// values are all `_other`. When the values are longer than 4,096 bytes together, the long ones are replaced.
    @inlinable
    public func bind(_ values: InlineArray<arity, String>) -> Child {
        let cells = values.span.withUnsafeBufferPointer { store.bind($0) }
        return Child(cells: cells, shape: store.shape)
    }

    /// The child like ``bind(_:)``, and whether it belongs to these values alone.
    ///
    /// A child that does not should be asked for again now and then, lest a label set that got a series of its own
    /// meanwhile is counted in two places.
    public func lookUp(_ values: InlineArray<arity, String>) -> (child: Child, isOwn: Bool) {
        let found = values.span.withUnsafeBufferPointer { store.resolve($0) }
        return (Child(cells: found.cells, shape: store.shape), found.isOwn)
    }

    /// Lets the family have more series than it was declared with; a smaller limit changes nothing.
    ///
    /// For families whose other bounds are known only later, such as the number of configured cells. Any thread.
    public func raiseLimit(to limit: Int) { store.table.grow { $0.raise(to: min(limit, Int(UInt32.max))) } }

    /// The most series of their own that the family may have at the moment.
    public var seriesLimit: Int { store.table.limits.own }

    /// The same for values whose number is known only at run time.
    ///
    /// A wrong number gives a child that does nothing and counts in `<prefix>_metrics_rejected_total{reason="arity"}`.
    public func bind(values: [String]) -> Child {
        let cells = values.withUnsafeBufferPointer { store.bind($0) }
        return Child(cells: cells, shape: store.shape)
    }

    /// Removes the series; returns false when there was none.
    @discardableResult @inlinable
    public func remove(_ values: InlineArray<arity, String>) -> Bool {
        values.span.withUnsafeBufferPointer { store.remove($0) }
    }

    /// The same for values whose number is known only at run time.
    @discardableResult
    public func remove(values: [String]) -> Bool {
        values.withUnsafeBufferPointer { store.remove($0) }
    }

    /// Removes all series whose label `label` has the value `value`; returns how many.
    ///
    /// Goes over all series of the family, the lock held for a page at a time. A label that the family does not have
    /// removes nothing and counts in `<prefix>_metrics_rejected_total{reason="label"}`.
    @discardableResult
    public func remove(_ label: String, equals value: String) -> Int {
        guard let position = store.descriptor.labels.firstIndex(ofExactly: label) else {
            store.context.refusals.reject(.label)
            return 0
        }
        return store.removeAll(label: position, equals: value)
    }
}

/// Counters with `n` labels.
public typealias CounterFamily<let n: Int> = Family<n, Counter>
/// Floating point counters with `n` labels.
public typealias FloatCounterFamily<let n: Int> = Family<n, FloatCounter>
/// Gauges with `n` labels.
public typealias GaugeFamily<let n: Int> = Family<n, Gauge>
/// Histograms with `n` labels.
public typealias HistogramFamily<let n: Int> = Family<n, Histogram>
/// Infos with `n` labels.
public typealias InfoFamily<let n: Int> = Family<n, Info>
/// State sets with `n` labels.
public typealias StateSetFamily<let n: Int> = Family<n, StateSet>
