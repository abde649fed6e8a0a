import Exposition

/// Declarations. They throw ``MetricError`` when a name, label, unit or bound cannot be exposed, or when a different
/// declaration has the name; the very same declaration again gives the same children. `help` should say what is counted
/// in one sentence; it may be empty, which the lint of Exposition reports.
///
/// - `limit`: series the family may have, at least one; an eighth more are kept for label sets in which the label that overflows is
///   replaced by `_other`
/// - `idleExpirySeconds`: removes series that did not change for so long (``MetricsRegistry/sweep()``); for labels whose
///   values come and go, never for counters that are expected to stand still. **A child that was bound before does
///   nothing after that, without notice**: in such a family bind at each use, use ``Family/cache(maxEntries:)``, or look
///   at ``Instrument/isLive``. A gauge that is set to the value it has does not change.
extension MetricsRegistry {
    /// Series a family may have unless its declaration says otherwise.
    public static let defaultSeriesLimit = 10_000

    /// Declares a counter family; `name` ends in `_total`.
    public func counter<let n: Int>(
        _ name: String, help: String, unit: String = "", labels: InlineArray<n, String>,
        limit: Int = MetricsRegistry.defaultSeriesLimit, idleExpirySeconds: Double? = nil, exemplars: Bool = false
    ) throws(MetricError) -> CounterFamily<n> {
        CounterFamily<n>(
            try declare(
                FamilyDescriptor(
                    name: name, kind: .counter, help: help, unit: unit, labels: labels.array, seriesLimit: limit,
                    idleExpirySeconds: idleExpirySeconds, isFloat: false, exemplars: exemplars)))
    }

    /// Declares a counter without labels.
    public func counter(
        _ name: String, help: String, unit: String = "", exemplars: Bool = false
    ) throws(MetricError) -> Counter {
        try counter(name, help: help, unit: unit, labels: [] as InlineArray<0, String>, exemplars: exemplars).bind([])
    }

    /// Declares a family of floating point counters; `name` ends in `_total`.
    public func floatCounter<let n: Int>(
        _ name: String, help: String, unit: String = "", labels: InlineArray<n, String>,
        limit: Int = MetricsRegistry.defaultSeriesLimit, idleExpirySeconds: Double? = nil, exemplars: Bool = false
    ) throws(MetricError) -> FloatCounterFamily<n> {
        FloatCounterFamily<n>(
            try declare(
                FamilyDescriptor(
                    name: name, kind: .counter, help: help, unit: unit, labels: labels.array, seriesLimit: limit,
                    idleExpirySeconds: idleExpirySeconds, exemplars: exemplars)))
    }

    /// Declares a floating point counter without labels.
    public func floatCounter(
        _ name: String, help: String, unit: String = "", exemplars: Bool = false
    ) throws(MetricError) -> FloatCounter {
        let labels: InlineArray<0, String> = []
        return try floatCounter(name, help: help, unit: unit, labels: labels, exemplars: exemplars).bind([])
    }

    /// Declares a gauge family.
    public func gauge<let n: Int>(
        _ name: String, help: String, unit: String = "", labels: InlineArray<n, String>,
        limit: Int = MetricsRegistry.defaultSeriesLimit, idleExpirySeconds: Double? = nil
    ) throws(MetricError) -> GaugeFamily<n> {
        GaugeFamily<n>(
            try declare(
                FamilyDescriptor(
                    name: name, kind: .gauge, help: help, unit: unit, labels: labels.array, seriesLimit: limit,
                    idleExpirySeconds: idleExpirySeconds)))
    }

    /// Declares a gauge without labels.
    public func gauge(_ name: String, help: String, unit: String = "") throws(MetricError) -> Gauge {
        try gauge(name, help: help, unit: unit, labels: [] as InlineArray<0, String>).bind([])
    }

    /// Declares a histogram family.
    ///
    /// - Parameters:
    ///   - name: ends in the unit
    ///   - help: one sentence for whoever reads the dashboard
    ///   - unit: a base unit such as `seconds`, or empty
    ///   - labels: the label names
    ///   - buckets: bounds of classic buckets, ascending and finite, `+Inf` left out; empty for none beside `native`
    ///   - native: adds a native (exponential) histogram, which only the protobuf format and OpenMetrics 2.0 carry
    ///   - limit: series before new ones share the overflow series
    ///   - idleExpirySeconds: removes series that nothing was observed in for so long; nil never
    ///   - exemplars: keeps the newest exemplar of each classic bucket, and up to ten of the native histogram
    public func histogram<let n: Int>(
        _ name: String, help: String, unit: String = "", labels: InlineArray<n, String>,
        buckets: [Double] = Histogram.latencyBuckets, native: NativeHistogramOptions? = nil,
        limit: Int = MetricsRegistry.defaultSeriesLimit, idleExpirySeconds: Double? = nil, exemplars: Bool = false
    ) throws(MetricError) -> HistogramFamily<n> {
        HistogramFamily<n>(
            try declare(
                FamilyDescriptor(
                    name: name, kind: .histogram, help: help, unit: unit, labels: labels.array, buckets: buckets,
                    seriesLimit: limit, idleExpirySeconds: idleExpirySeconds, native: native, exemplars: exemplars)))
    }

    /// Declares a histogram without labels.
    public func histogram(
        _ name: String, help: String, unit: String = "", buckets: [Double] = Histogram.latencyBuckets,
        native: NativeHistogramOptions? = nil, exemplars: Bool = false
    ) throws(MetricError) -> Histogram {
        let labels: InlineArray<0, String> = []
        return try histogram(
            name, help: help, unit: unit, labels: labels, buckets: buckets, native: native, exemplars: exemplars
        ).bind([])
    }

    /// Declares a family whose children are text that does not change, in labels; `name` ends in `_info`.
    public func info<let n: Int>(
        _ name: String, help: String, labels: InlineArray<n, String>, limit: Int = MetricsRegistry.defaultSeriesLimit
    ) throws(MetricError) -> InfoFamily<n> {
        InfoFamily<n>(
            try declare(
                FamilyDescriptor(
                    name: name, kind: .info, help: help, labels: labels.array, seriesLimit: limit, isFloat: false)))
    }

    /// Declares a family whose children say which of `states` are true; exposed as one sample a state.
    ///
    /// The label that names the state is called like the family.
    public func stateSet<let n: Int>(
        _ name: String, help: String, labels: InlineArray<n, String>, states: [String],
        limit: Int = MetricsRegistry.defaultSeriesLimit, idleExpirySeconds: Double? = nil
    ) throws(MetricError) -> StateSetFamily<n> {
        StateSetFamily<n>(
            try declare(
                FamilyDescriptor(
                    name: name, kind: .stateset, help: help, labels: labels.array, seriesLimit: limit,
                    idleExpirySeconds: idleExpirySeconds, isFloat: false, states: states)))
    }

    /// Declares a state set without labels.
    public func stateSet(_ name: String, help: String, states: [String]) throws(MetricError) -> StateSet {
        try stateSet(name, help: help, labels: [] as InlineArray<0, String>, states: states).bind([])
    }

    /// Declares a counter family whose values are asked for at each scrape; they must not fall.
    public func counterCallback(
        _ name: String, help: String, unit: String = "", labels: [String] = [],
        _ collect: @escaping @Sendable () -> [CallbackSample]
    ) throws(MetricError) {
        let descriptor = FamilyDescriptor(name: name, kind: .counter, help: help, unit: unit, labels: labels)
        try declare([descriptor]) { [collect()] }
    }

    /// Declares a gauge family whose values are asked for at each scrape.
    public func gaugeCallback(
        _ name: String, help: String, unit: String = "", labels: [String] = [],
        _ collect: @escaping @Sendable () -> [CallbackSample]
    ) throws(MetricError) {
        let descriptor = FamilyDescriptor(name: name, kind: .gauge, help: help, unit: unit, labels: labels)
        try declare([descriptor]) { [collect()] }
    }
}

extension InlineArray where Element == String {
    /// The elements in order.
    var array: [String] { indices.map { self[$0] } }
}
