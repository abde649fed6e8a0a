import PromQL
import TimeSeries

/// The series that a rule writes, as far as they are known before it runs.
struct RuleOutput: Sendable {
    let rule: Rule

    /// The metrics it writes.
    var names: [String] {
        switch rule.kind {
        case .recording: [rule.name]
        case .alerting: ["ALERTS", "ALERTS_FOR_STATE"]
        }
    }

    /// Whether a selector may read the rule's output.
    func isRead(by selector: VectorSelector) -> Bool {
        switch rule.kind {
        case .recording: accepts(selector.matchers, name: rule.name, alertName: nil)
        case .alerting: names.contains { accepts(selector.matchers, name: $0, alertName: rule.name) }
        }
    }

    /// Whether both could write the same series, for all that is known before they run.
    func mayCollide(with other: RuleOutput) -> Bool {
        guard rule.kind == other.rule.kind, rule.name == other.rule.name else { return false }
        return !rule.labels.contains { own in
            other.rule.labels.contains { its in
                own.name == its.name && own.template.isConstant && its.template.isConstant
                    && own.template.text != its.template.text
            }
        }
    }

    /// Labels that only come with a sample are not known: a matcher on them accepts.
    private func accepts(_ matchers: [LabelMatcher], name: String, alertName: String?) -> Bool {
        matchers.allSatisfy { matcher in
            if matcher.name == Label.metricName { return matcher.matches(name) }
            if matcher.name == AlertTable.nameLabel, let alertName { return matcher.matches(alertName) }
            guard let text = rule.labels.first(where: { $0.name == matcher.name })?.template, text.isConstant,
                !text.text.isEmpty
            else { return true }
            return matcher.matches(text.text)
        }
    }
}
