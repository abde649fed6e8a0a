/// A metric that breaks a rule.
public struct LintProblem: Sendable, Equatable, CustomStringConvertible {
    /// The family's name as samples bear it, a counter's with `_total`; empty when the whole source is meant.
    public let metric: String
    /// The rule.
    public let rule: LintRule
    /// What is wrong, as a sentence about the metric.
    public let message: String
    /// What to do.
    public let suggestion: String
    /// The line where it shows, from 1; nil when the source has no lines.
    public let line: Int?

    /// Makes a problem.
    public init(metric: String, rule: LintRule, message: String, suggestion: String, line: Int? = nil) {
        self.metric = metric
        self.rule = rule
        self.message = message
        self.suggestion = suggestion
        self.line = line
    }

    /// `12: metric: message (suggestion)`, without what is unknown.
    public var description: String {
        let place = line.map { "\($0): " } ?? ""
        let subject = metric.isEmpty ? "" : metric + ": "
        return "\(place)\(subject)\(message) (\(suggestion))"
    }
}
