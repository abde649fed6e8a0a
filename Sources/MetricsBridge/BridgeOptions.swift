import GatewayMetrics

extension BridgeFactory {
    /// What the bridge may use, and how it shapes what swift-metrics does not say.
    public struct Options: Sendable {
        /// Names with their sets of label names; a further one is refused.
        public var maxFamilies = 1000
        /// Sets of label names under one name; further ones are counted in the overflow series of the first.
        public var maxLabelSetsPerName = 16
        /// Series of one name and one set of label names; more share the overflow series.
        public var maxSeriesPerFamily = MetricsRegistry.defaultSeriesLimit
        /// Bounds of timers, in seconds; empty for native histograms alone.
        public var timerBuckets = Histogram.latencyBuckets
        /// Native buckets of timers, beside the classic ones; nil for none.
        public var timerNative: NativeHistogramOptions?
        /// Bounds of recorders that aggregate; empty for native histograms alone.
        public var recorderBuckets: [Double] = [1, 10, 100, 1000, 10_000, 100_000, 1_000_000]
        /// Native buckets of recorders that aggregate, beside the classic ones; nil for none.
        public var recorderNative: NativeHistogramOptions?
        /// Bounds for the timers and recorders with these labels, where they shall differ.
        public var bucketsByLabel: [String: [Double]] = [:]
        /// Help texts for the metrics with these labels; swift-metrics has none.
        public var helpByLabel: [String: String] = [:]

        /// The defaults.
        public init() {}
    }
}
