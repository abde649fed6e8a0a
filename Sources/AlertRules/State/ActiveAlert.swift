import TimeSeries

/// An alert as it stands after an evaluation: for status pages, Alertmanager and tests.
public struct ActiveAlert: Sendable {
    /// The group and the rule it comes from.
    public var group: String
    /// The alert's name, also the label `alertname`.
    public var name: String
    /// The identity of the alert.
    public var labels: Labels
    /// Expanded at the evaluation's time; empty ones are left out.
    public var annotations: Labels
    /// Names of annotations that expanded to nothing; unit tests tell them from annotations that are not there.
    public var emptyAnnotations: [String] = []
    /// The expression of its rule.
    public var expression: String
    /// The value of the expression's sample, the last one that was seen.
    public var value: Double
    /// The state and its times.
    public var lifecycle: AlertLifecycle

    /// Pending, firing or (resolved) inactive.
    public var state: AlertState { lifecycle.state ?? .inactive }
    /// When its result came up, milliseconds since the epoch.
    public var activeAtMillis: Int64 { lifecycle.activeAtMillis }
    /// When it was resolved.
    public var resolvedAtMillis: Int64? { lifecycle.resolvedAtMillis }
}
