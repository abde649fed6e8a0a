import CoreMetrics
import GatewayMetrics

/// What all handlers can.
protocol BridgeHandler: AnyObject, Sendable {
    /// Gives the series up, which vanishes with its last handler.
    func destroy()
}

/// Counts whole numbers.
final class BridgeCounter: CounterHandler, BridgeHandler {
    private let series: BridgeSeries<GatewayMetrics.Counter>

    init(_ series: BridgeSeries<GatewayMetrics.Counter>) { self.series = series }

    func increment(by amount: Int64) {
        guard amount > 0 else { return }
        series.child.increment(by: UInt64(amount), on: .current)
    }

    /// Does nothing: a Prometheus counter never falls.
    func reset() {}

    func destroy() { series.destroy() }
}

/// Counts floating point numbers.
final class BridgeFloatCounter: FloatingPointCounterHandler, BridgeHandler {
    private let series: BridgeSeries<FloatCounter>

    init(_ series: BridgeSeries<FloatCounter>) { self.series = series }

    /// A negative amount, infinity or NaN is ignored: a counter never falls, and stays a number.
    func increment(by amount: Double) { series.child.increment(by: amount, on: .current) }

    /// Does nothing: a Prometheus counter never falls.
    func reset() {}

    func destroy() { series.destroy() }
}

/// A meter, or a recorder that keeps the last value.
final class BridgeGauge: MeterHandler, RecorderHandler, BridgeHandler {
    private let series: BridgeSeries<GatewayMetrics.Gauge>

    init(_ series: BridgeSeries<GatewayMetrics.Gauge>) { self.series = series }

    func set(_ value: Int64) { series.child.set(Double(value)) }

    func set(_ value: Double) { series.child.set(value) }

    func increment(by amount: Double) { series.child.add(amount) }

    func decrement(by amount: Double) { series.child.add(-amount) }

    func record(_ value: Int64) { series.child.set(Double(value)) }

    func record(_ value: Double) { series.child.set(value) }

    func destroy() { series.destroy() }
}

/// A timer, or a recorder that aggregates.
final class BridgeHistogram: RecorderHandler, TimerHandler, BridgeHandler {
    private let series: BridgeSeries<Histogram>

    init(_ series: BridgeSeries<Histogram>) { self.series = series }

    func record(_ value: Int64) { series.child.observe(Double(value), on: .current) }

    func record(_ value: Double) { series.child.observe(value, on: .current) }

    /// A clock that went back counts as no time.
    func recordNanoseconds(_ nanos: Int64) { series.child.observe(nanos: UInt64(max(nanos, 0)), on: .current) }

    func destroy() { series.destroy() }
}
