import TimeSeries

/// How a rule fared in its last evaluation.
public enum RuleHealth: String, Sendable {
    /// Not evaluated yet.
    case unknown
    /// Evaluated without an error.
    case ok
    /// The last evaluation failed.
    case error = "err"
    /// Nothing failed, but none of the series that the rule reads exists.
    case noData = "no data"
}

/// What one alert did during an evaluation.
public struct AlertTransition: Sendable {
    /// When, milliseconds since the epoch.
    public var timestampMillis: Int64
    /// The rule's group.
    public var group: String
    /// The alert's name.
    public var name: String
    /// Its labels.
    public var labels: Labels
    /// What it did.
    public var transition: AlertLifecycle.Transition
    /// The value of the expression then, or the last one before it was gone.
    public var value: Double
    /// Since when it was active.
    public var activeAtMillis: Int64
    /// When it began to fire; nil while it never did.
    public var firedAtMillis: Int64?
    /// Expanded when it begins to fire, else empty.
    public var annotations: Labels
}

/// The evaluation of one rule.
public struct RuleEvaluation: Sendable {
    /// Name of the alert or of the recorded series.
    public var name: String
    /// Recording or alerting.
    public var kind: Rule.Kind
    /// How it fared.
    public var health: RuleHealth
    /// Why it failed.
    public var error: String?
    /// Samples in the expression's result.
    public var resultCount: Int
    /// How long it took; nanoseconds.
    public var durationNanos: UInt64
    /// Its alerts: pending, firing, and those that resolved within the last 15 minutes.
    public var alerts: [ActiveAlert]
    /// What changed.
    public var transitions: [AlertTransition]
    /// Samples that the store refused as too old or doubled; Prometheus ignores them as well.
    public var refusedSamples: Int
}

/// The evaluation of a group at one time.
public struct Evaluation: Sendable {
    /// The group's name.
    public var group: String
    /// The evaluation's time, milliseconds since the epoch.
    public var timestampMillis: Int64
    /// One for each rule, in order.
    public var rules: [RuleEvaluation]
    /// Alerts that Alertmanager should hear of now.
    public var alertsToSend: [ActiveAlert]
}
