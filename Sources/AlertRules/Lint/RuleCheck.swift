import StrictYAML

/// What `alert-rules check` looks for; the raw value is the id that findings show and comments name.
public enum RuleCheck: String, Sendable, CaseIterable {
    /// The file cannot be read as a rule file.
    case syntax = "rule/syntax"
    /// No data can make the expression return something.
    case impossible = "promql/impossible"
    /// A comparison that filters nothing.
    case alwaysTrue = "promql/always-true"
    /// Two sides whose series can never be partners.
    case vectorMatching = "promql/vector-matching"
    /// A label that is asked for where it is gone already.
    case lostLabel = "promql/lost-label"
    /// A label that a join takes over and that is dropped again.
    case unusedLabel = "promql/unused-label"
    /// `or vector(0)` that loses labels which are used further on.
    case fallback = "promql/fallback"
    /// `=` with something that looks like a regular expression.
    case equalsRegex = "promql/equals-regex"
    /// A regular expression that does something else than it seems to.
    case regex = "promql/regex"
    /// `rate` and its kin over what isn't a counter.
    case rateOfGauge = "promql/rate-of-gauge"
    /// The bare value of a counter decides.
    case counterWithoutRate = "promql/counter-without-rate"
    /// `delta` and its kin over a counter.
    case deltaOfCounter = "promql/delta-of-counter"
    /// Counters are added up before their rate is taken.
    case rateAfterSum = "promql/rate-after-sum"
    /// `histogram_quantile` of something that cannot have quantiles.
    case histogramQuantile = "promql/histogram-quantile"
    /// A window that doesn't fit the interval.
    case window = "promql/window"
    /// A subquery that sees too little, or isn't needed.
    case subquery = "promql/subquery"
    /// A rule that reads the future or a fixed time.
    case offset = "promql/offset"
    /// A ratio of rates over different windows.
    case mixedWindows = "promql/mixed-windows"
    /// A division inside an aggregation, whose NaN spoils the whole.
    case notANumber = "promql/nan"
    /// A comment that swallows a part of the expression.
    case comment = "promql/comment"
    /// An alert that stays silent when its series vanish.
    case absentUnsafe = "promql/absent-unsafe"
    /// An alert whose expression filters nothing.
    case noCondition = "alerts/no-condition"
    /// An alert that always fires.
    case alwaysFiring = "alerts/always-firing"
    /// An alert that fires at the first bad sample.
    case missingFor = "alerts/for"
    /// An alert whose series change from evaluation to evaluation.
    case fragile = "alerts/fragile"
    /// A template that cannot be rendered.
    case template = "alerts/template"
    /// A template that uses a label which the expression doesn't return.
    case templateLabel = "alerts/template-label"
    /// A label that holds the value.
    case valueLabel = "alerts/value-label"
    /// A label of the rule that hides one of the series.
    case labelConflict = "alerts/label-conflict"
    /// The same rule twice.
    case duplicate = "rule/duplicate"
    /// A recorded series that no rule reads.
    case unused = "rule/unused"
    /// A rule that reads what a later rule of its group writes.
    case order = "rule/order"
    /// A template where none is expanded.
    case recordingTemplate = "rule/template"
    /// An interval that leaves gaps.
    case interval = "group/interval"
    /// A document behind the first, which Prometheus doesn't read.
    case documents = "file/documents"
    /// A suppressing comment that does nothing.
    case ignore = "lint/ignore"
    /// What a program exposes breaks its format, or is something else.
    case metricsSyntax = "metrics/syntax"
    /// What a program exposes is against the practices of Prometheus.
    case metricsPractice = "metrics/practice"

    /// What the catalogue says about a check.
    public struct Entry: Sendable {
        /// How much a finding weighs, mostly.
        public var severity: RuleSeverity
        /// One line.
        public var summary: String
        /// Why it matters and what is proven, in Markdown.
        public var why: String
        /// Rules (or a whole file, from `groups:` on; for checks of metrics a page of them) with the mistake.
        public var bad: String
        /// The same without it.
        public var good: String

        init(_ severity: RuleSeverity, _ summary: String, why: String, bad: String, good: String) {
            (self.severity, self.summary, self.why, self.bad, self.good) = (severity, summary, why, bad, good)
        }
    }

    /// What it looks for, why, and an example with and without the mistake.
    public var entry: Entry {
        expressionEntry ?? counterEntry ?? metricsEntry ?? documentEntry ?? commentEntry ?? ruleEntry
    }

    /// Whether it is about metrics that programs expose (`--metrics`), and not about rules.
    public var isOfMetrics: Bool { metricsEntry != nil }

    /// The id that somebody probably meant; nil when none is near.
    public static func nearest(to id: String) -> String? { NearestName.of(id, among: allCases.map(\.rawValue)) }

    /// Its weight, unless a finding says otherwise.
    public var severity: RuleSeverity { entry.severity }
}
