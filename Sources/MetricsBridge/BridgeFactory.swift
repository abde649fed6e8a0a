import CoreMetrics
import GatewayMetrics

/// A backend for apple/swift-metrics over a ``MetricsRegistry``.
///
/// ```swift
/// MetricsSystem.bootstrap(BridgeFactory(registry: registry))
/// ```
/// Counters become counters (`_total` added), meters and recorders that do not aggregate become gauges, recorders that
/// do become histograms, timers become histograms in seconds (`_seconds` added). Characters that a name may not have
/// become `_`. The first use of a name decides its label names; a use with others, or of another type, gives a handler
/// without effect and counts in `<prefix>_metrics_rejected_total{reason="declaration"}`.
///
/// All handlers of the same name and dimensions write the same series. Destroying one of them removes the series.
public struct BridgeFactory: MetricsFactory {
    /// What the bridge may use and how it shapes histograms.
    public struct Options: Sendable {
        /// Metrics of different names.
        public var maxFamilies = 1000
        /// Series of one name; more share the overflow series.
        public var maxSeriesPerFamily = MetricsRegistry.defaultSeriesLimit
        /// Bounds of timers, in seconds.
        public var timerBuckets = Histogram.latencyBuckets
        /// Bounds of recorders that aggregate.
        public var recorderBuckets: [Double] = [1, 10, 100, 1000, 10_000, 100_000, 1_000_000]

        /// The defaults.
        public init() {}
    }

    private let declarations: BridgeDeclarations
    private let options: Options

    /// Makes a backend that writes into `registry`.
    public init(registry: MetricsRegistry, options: Options = Options()) {
        declarations = BridgeDeclarations(registry, options: options)
        self.options = options
    }

    /// A counter of whole numbers.
    public func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        BridgeCounter(declarations.series(Counter.self, NameMapping.counter(label), label, dimensions))
    }

    /// A counter of floating point numbers.
    public func makeFloatingPointCounter(
        label: String, dimensions: [(String, String)]
    ) -> any FloatingPointCounterHandler {
        BridgeFloatCounter(declarations.series(FloatCounter.self, NameMapping.counter(label), label, dimensions))
    }

    /// A gauge.
    public func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        BridgeGauge(declarations.series(Gauge.self, NameMapping.value(label), label, dimensions))
    }

    /// A histogram if `aggregate`, else a gauge.
    public func makeRecorder(
        label: String, dimensions: [(String, String)], aggregate: Bool
    ) -> any RecorderHandler {
        let name = NameMapping.value(label)
        guard aggregate else { return BridgeGauge(declarations.series(Gauge.self, name, label, dimensions)) }
        return BridgeHistogram(
            declarations.series(Histogram.self, name, label, dimensions, buckets: options.recorderBuckets))
    }

    /// A histogram in seconds.
    public func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        let name = NameMapping.timer(label)
        return BridgeHistogram(
            declarations.series(Histogram.self, name, label, dimensions, buckets: options.timerBuckets))
    }

    /// Removes the handler's series.
    public func destroyCounter(_ handler: any CounterHandler) { destroy(handler) }

    /// Removes the handler's series.
    public func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) { destroy(handler) }

    /// Removes the handler's series.
    public func destroyMeter(_ handler: any MeterHandler) { destroy(handler) }

    /// Removes the handler's series.
    public func destroyRecorder(_ handler: any RecorderHandler) { destroy(handler) }

    /// Removes the handler's series.
    public func destroyTimer(_ handler: any TimerHandler) { destroy(handler) }

    private func destroy(_ handler: Any) {
        (handler as? any BridgeHandler)?.destroy()
    }
}
