/// How an ``Engine`` evaluates, and its bounds.
public struct EngineOptions: Sendable {
    /// Whose rules hold where versions of Prometheus differ.
    public enum Compatibility: String, Sendable {
        /// Ranges and lookback are open on the left, `(t-r, t]`.
        case prometheus3 = "prometheus-3"
        /// Ranges and lookback are closed, `[t-r, t]`.
        case prometheus2 = "prometheus-2"
    }

    /// How old a sample may be for an instant selector.
    public var lookbackMillis: Int64 = 300_000
    /// Whose rules hold where versions of Prometheus differ.
    public var compatibility = Compatibility.prometheus3
    /// Samples that a query may hold at once: those selected, those of the results of its parts, and the text of
    /// labels that it makes, eight bytes a sample.
    public var maxSamples = 50_000_000
    /// Series that a query may select, over all its selectors.
    public var maxSeries = 1_000_000
    /// Steps of a range query or subquery.
    public var maxSteps = 2_000_000
    /// Bytes of a label value that `label_replace` or `label_join` makes.
    public var maxLabelValueBytes = 1 << 20
    /// Step of a subquery that names none.
    public var defaultSubqueryStepMillis: Int64 = 60_000
    /// Whether metric names are dropped only at the very end (`promql-delayed-name-removal`), so that
    /// `label_replace` can still keep them.
    public var delayedNameRemoval = false
    /// Whether the labels `__type__` and `__unit__` are trusted (`type-and-unit-labels`): `rate` judges by them, and
    /// not by the name, whether a metric is a counter.
    public var typeAndUnitLabels = false
    /// Whether functions of counters heed the samples' start timestamps (`use-start-timestamps`).
    public var useStartTimestamps = false
    /// How long a query may take; nil for as long as it likes.
    public var timeoutMillis: Int64?
    /// Asked between series; true ends the query with ``EvaluationError/cancelled``.
    public var isCancelled: (@Sendable () -> Bool)?

    /// Prometheus's defaults.
    public init() {}
}
