import AlertRules
import TimeSeries

extension RuleReport {
    /// A rule before its first evaluation.
    init(_ rule: Rule, _ group: RuleGroup) {
        self.init(
            group: group.name, file: group.file, name: rule.name, isAlert: rule.kind == .alerting,
            query: rule.expressionText)
    }

    /// Takes the result of an evaluation.
    mutating func take(_ evaluation: RuleEvaluation, atMillis now: Int64) {
        evaluatedAtMillis = now
        error = evaluation.error
        alerts = evaluation.alerts.filter { $0.state != .inactive }.map(AlertReport.init)
        state = Self.state(evaluation.health, alerts)
    }

    private static func state(_ health: RuleHealth, _ alerts: [AlertReport]) -> State {
        if health == .error { return .error }
        if alerts.contains(where: \.isFiring) { return .firing }
        if !alerts.isEmpty { return .pending }
        return health == .noData ? .noData : health == .unknown ? .unknown : .inactive
    }
}

extension AlertReport {
    /// An active alert as reported.
    init(_ alert: ActiveAlert) {
        self.init(
            labels: Dictionary(alert.labels.pairs.map { ($0.name, $0.value) }) { first, _ in first },
            annotations: Dictionary(alert.annotations.pairs.map { ($0.name, $0.value) }) { first, _ in first },
            isFiring: alert.state == .firing, value: alert.value, activeAtMillis: alert.activeAtMillis)
    }
}
