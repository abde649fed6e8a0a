import Exposition

extension MetricsRegistry {
    /// Series a family may have unless its declaration says otherwise.
    public static let defaultSeriesLimit = 10_000

    /// Declares a counter family; `name` ends in `_total`.
    public func counter<let n: Int>(
        _ name: String, help: String, unit: String = "", labels: InlineArray<n, String>,
        limit: Int = MetricsRegistry.defaultSeriesLimit
    ) throws(MetricError) -> CounterFamily<n> {
        CounterFamily<n>(
            try declare(
                FamilyDescriptor(
                    name: name, kind: .counter, help: help, unit: unit, labels: labels.array, seriesLimit: limit,
                    isFloat: false)))
    }

    /// Declares a counter without labels.
    public func counter(_ name: String, help: String, unit: String = "") throws(MetricError) -> Counter {
        try counter(name, help: help, unit: unit, labels: [] as InlineArray<0, String>).bind([])
    }

    /// Declares a family of floating point counters; `name` ends in `_total`.
    public func floatCounter<let n: Int>(
        _ name: String, help: String, unit: String = "", labels: InlineArray<n, String>,
        limit: Int = MetricsRegistry.defaultSeriesLimit
    ) throws(MetricError) -> FloatCounterFamily<n> {
        FloatCounterFamily<n>(
            try declare(
                FamilyDescriptor(
                    name: name, kind: .counter, help: help, unit: unit, labels: labels.array, seriesLimit: limit)))
    }

    /// Declares a floating point counter without labels.
    public func floatCounter(_ name: String, help: String, unit: String = "") throws(MetricError) -> FloatCounter {
        try floatCounter(name, help: help, unit: unit, labels: [] as InlineArray<0, String>).bind([])
    }

    /// Declares a gauge family.
    public func gauge<let n: Int>(
        _ name: String, help: String, unit: String = "", labels: InlineArray<n, String>,
        limit: Int = MetricsRegistry.defaultSeriesLimit
    ) throws(MetricError) -> GaugeFamily<n> {
        GaugeFamily<n>(
            try declare(
                FamilyDescriptor(
                    name: name, kind: .gauge, help: help, unit: unit, labels: labels.array, seriesLimit: limit)))
    }

    /// Declares a gauge without labels.
    public func gauge(_ name: String, help: String, unit: String = "") throws(MetricError) -> Gauge {
        try gauge(name, help: help, unit: unit, labels: [] as InlineArray<0, String>).bind([])
    }

    /// Declares a histogram family with these bounds, ascending and finite, `+Inf` left out.
    public func histogram<let n: Int>(
        _ name: String, help: String, unit: String = "", labels: InlineArray<n, String>,
        buckets: [Double] = Histogram.latencyBuckets, limit: Int = MetricsRegistry.defaultSeriesLimit
    ) throws(MetricError) -> HistogramFamily<n> {
        HistogramFamily<n>(
            try declare(
                FamilyDescriptor(
                    name: name, kind: .histogram, help: help, unit: unit, labels: labels.array, buckets: buckets,
                    seriesLimit: limit)))
    }

    /// Declares a histogram without labels.
    public func histogram(
        _ name: String, help: String, unit: String = "", buckets: [Double] = Histogram.latencyBuckets
    ) throws(MetricError) -> Histogram {
        try histogram(name, help: help, unit: unit, labels: [] as InlineArray<0, String>, buckets: buckets).bind([])
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
