/// The metric types of OpenMetrics 1.0; text format 0.0.4 knows the first three, `summary` and `untyped`.
public enum MetricKind: String, Sendable, CaseIterable {
    /// A value that only grows.
    case counter
    /// A value that goes up and down.
    case gauge
    /// Counts per bucket, cumulative.
    case histogram
    /// A histogram whose counts may fall.
    case gaugehistogram
    /// Quantiles with count and sum.
    case summary
    /// Text that does not change, always 1.
    case info
    /// Named booleans.
    case stateset
    /// Anything; `untyped` in text format 0.0.4.
    case unknown
}
