import GatewayMetrics

extension BridgeFactory {
    /// What the bridge may use, and how it shapes what swift-metrics does not say.
    public struct Options: Sendable {
        /// Names with their sets of label names, from 1 to 100,000. A handler with a further one has no effect, and
        /// counts in `<prefix>_metrics_rejected_total{reason="bridge_full"}`.
        public var maxFamilies = 1000
        /// Sets of label names under one name, from 1 to 1,000; further ones are counted in the overflow series of the
        /// first.
        public var maxLabelSetsPerName = 16
        /// Series of one name and one set of label names, at least 1; more share the overflow series.
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

        /// With numbers inside their ranges.
        var clamped: Options {
            var options = self
            options.maxFamilies = min(max(maxFamilies, 1), 100_000)
            options.maxLabelSetsPerName = min(max(maxLabelSetsPerName, 1), 1000)
            options.maxSeriesPerFamily = max(maxSeriesPerFamily, 1)
            return options
        }
    }
}
