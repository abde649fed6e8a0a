import CoreMetrics
import GatewayMetrics

/// A backend for apple/swift-metrics over a ``GatewayMetrics/MetricsRegistry``.
///
/// Once, before anything makes a metric:
/// ```swift
/// let registry = MetricsRegistry(prefix: "myapp", shards: 0, threadShards: 16)
/// MetricsSystem.bootstrap(BridgeFactory(registry: registry))
/// ```
/// or for one task with `withMetricsFactory(BridgeFactory(registry: registry)) { … }`. What the program and its
/// libraries report then stands in the registry's scrapes, beside what the program declares there itself. With
/// `threadShards` the threads that count do not contend for the same cells.
///
/// | swift-metrics | becomes | name |
/// |---|---|---|
/// | `Counter` | counter | `_total` added |
/// | `FloatingPointCounter` | counter | `_total` added |
/// | `Meter`, `Gauge`, `Recorder(aggregate: false)` | gauge | as it is; `_value` added to `_total`, `_bucket`, `_created` |
/// | `Recorder(aggregate: true)` | histogram | the same |
/// | `Timer` | histogram of seconds | `_seconds` added, in place of `_ms`, `_nanoseconds` and the like |
///
/// In names and label names what is not a letter, digit or `_` becomes `_`; a digit in front gets a `_`; the labels
/// `le`, `quantile` and `__…` get `exported_` in front; of two dimensions with the same name the first counts. A name
/// that another type of metric has already gets `_events_total`, `_value`, `_values` or `_time_seconds`.
///
/// One label may be used with different dimensions: its series are exposed as one family, each with its own labels.
/// All of it is bounded, see ``Options``. What is refused has no effect and counts in
/// `<prefix>_metrics_rejected_total`: with the reason `bridge_full` beyond ``Options/maxFamilies``, with `declaration`
/// when the program has declared the names itself.
///
/// Handlers with the same name and dimensions write the same series. A series vanishes when the last of them is
/// destroyed, and starts at zero when it is made again; one that is only forgotten leaves its series where it is.
/// The preferred display unit of a timer is ignored: Prometheus's unit is the second. `reset()` of a counter does
/// nothing, as a Prometheus counter never falls.
public struct BridgeFactory: MetricsFactory {
    private let counters: BridgeFamilies<GatewayMetrics.Counter>
    private let floatCounters: BridgeFamilies<FloatCounter>
    private let gauges: BridgeFamilies<GatewayMetrics.Gauge>
    private let recorders: BridgeFamilies<Histogram>
    private let timers: BridgeFamilies<Histogram>

    /// Makes a backend that writes into `registry`; `options` holds its limits, which are clamped to their ranges.
    public init(registry: MetricsRegistry, options: Options = Options()) {
        let options = options.clamped
        let names = BridgeNames(options)
        counters = BridgeFamilies(registry, names, BridgeShape(naming: NameMapping.counter))
        floatCounters = BridgeFamilies(registry, names, BridgeShape(naming: NameMapping.counter))
        gauges = BridgeFamilies(registry, names, BridgeShape(naming: NameMapping.gauge))
        recorders = BridgeFamilies(
            registry, names,
            BridgeShape(
                naming: NameMapping.recorder, buckets: options.recorderBuckets, native: options.recorderNative))
        timers = BridgeFamilies(
            registry, names,
            BridgeShape(
                naming: NameMapping.timer, unit: "seconds", buckets: options.timerBuckets,
                native: options.timerNative))
    }

    /// A counter of whole numbers.
    public func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        BridgeCounter(counters.series(label, dimensions))
    }

    /// A counter of floating point numbers.
    public func makeFloatingPointCounter(
        label: String, dimensions: [(String, String)]
    ) -> any FloatingPointCounterHandler {
        BridgeFloatCounter(floatCounters.series(label, dimensions))
    }

    /// A gauge.
    public func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        BridgeGauge(gauges.series(label, dimensions))
    }

    /// A histogram if `aggregate`, else a gauge.
    public func makeRecorder(
        label: String, dimensions: [(String, String)], aggregate: Bool
    ) -> any RecorderHandler {
        guard aggregate else { return BridgeGauge(gauges.series(label, dimensions)) }
        return BridgeHistogram(recorders.series(label, dimensions))
    }

    /// A histogram in seconds.
    public func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        BridgeHistogram(timers.series(label, dimensions))
    }

    /// Gives the handler up; see ``BridgeFactory``.
    public func destroyCounter(_ handler: any CounterHandler) { destroy(handler) }

    /// Gives the handler up; see ``BridgeFactory``.
    public func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) { destroy(handler) }

    /// Gives the handler up; see ``BridgeFactory``.
    public func destroyMeter(_ handler: any MeterHandler) { destroy(handler) }

    /// Gives the handler up; see ``BridgeFactory``.
    public func destroyRecorder(_ handler: any RecorderHandler) { destroy(handler) }

    /// Gives the handler up; see ``BridgeFactory``.
    public func destroyTimer(_ handler: any TimerHandler) { destroy(handler) }

    private func destroy(_ handler: Any) {
        (handler as? any BridgeHandler)?.destroy()
    }
}
