/// What ``MetricsLint`` judges; the raw value is the rule's id in reports.
///
/// The rules from ``help`` to ``abbreviatedUnit`` are the naming practices of the Prometheus project
/// (prometheus.io/docs/practices/naming), judged as `promtool check metrics` judges them.
public enum LintRule: String, Sendable, CaseIterable {
    /// A family has a help text.
    case help
    /// Units are base units without prefix: seconds, bytes, meters.
    case baseUnit = "base-unit"
    /// A counter's name ends in `_total`.
    case counterTotal = "counter-total"
    /// No other name does.
    case totalSuffix = "total-suffix"
    /// `_bucket`, `_count` and `_sum` belong to histograms and summaries.
    case reservedSuffix = "reserved-suffix"
    /// `le` belongs to histograms, `quantile` to summaries.
    case reservedLabel = "reserved-label"
    /// A name does not tell the type.
    case typeInName = "type-in-name"
    /// `:` belongs to recording rules.
    case colon
    /// Names of metrics are written in snake_case.
    case metricCase = "metric-case"
    /// Names of labels are written in snake_case.
    case labelCase = "label-case"
    /// Units are written out.
    case abbreviatedUnit = "abbreviated-unit"
    /// `job` and `instance` are labels that Prometheus gives to targets; judged on demand only, as promtool does not.
    case targetLabel = "target-label"
    /// A label set stands once, or once a timestamp.
    case duplicateSeries = "duplicate-series"
    /// HELP and TYPE stand once, TYPE before the samples.
    case metadata
    /// All lines of a family stand together.
    case grouping
    /// The source is larger than what is judged.
    case limit
}
