import PromQL
import TimeSeries

/// The series that a rule writes, as far as they are known before it runs.
struct RuleOutput: Sendable {
    let rule: Rule

    /// Whether a selector may read the rule's output.
    func isRead(by selector: VectorSelector) -> Bool {
        switch rule.kind {
        case .recording: accepts(selector.matchers, name: rule.name, alertName: nil)
        case .alerting:
            accepts(selector.matchers, name: "ALERTS", alertName: rule.name)
                || accepts(selector.matchers, name: "ALERTS_FOR_STATE", alertName: rule.name)
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
