import PromQL
import StrictYAML
import TimeSeries

/// A label or annotation of a rule.
public struct RuleText: Sendable {
    /// The label's or annotation's name.
    public var name: String
    /// Its value; recording rules take the text as it stands.
    public var template: Template
}

/// One recording or alerting rule, checked.
public struct Rule: Sendable {
    /// What the rule does with its result.
    public enum Kind: String, Sendable {
        /// Writes the result as a series.
        case recording
        /// Turns every sample of the result into an alert.
        case alerting
    }

    /// What the rule does with its result.
    public var kind: Kind
    /// The name of the series or of the alert.
    public var name: String
    /// The expression as written.
    public var expressionText: String
    /// The expression.
    public var expression: Expression
    /// How long a result must stand before the alert fires; milliseconds.
    public var forMillis: Int64 = 0
    /// How long an alert keeps firing after its result is gone; milliseconds.
    public var keepFiringForMillis: Int64 = 0
    /// Labels to add, those of the group included; sorted by name.
    public var labels: [RuleText] = []
    /// Annotations of an alert, in the order of the file.
    public var annotations: [RuleText] = []
    /// The rule file, and the 1-based place of the rule in it.
    public var file: String
    /// 1-based.
    public var line: Int
    /// 1-based.
    public var column: Int

    /// The nodes it was read from, for places inside it.
    var nodes = RuleNodes()

    /// Where the rule stands, `file:line:column`.
    public var place: String { "\(file):\(line):\(column)" }
}

/// A group of rules: evaluated together, one after the other.
public struct RuleGroup: Sendable {
    /// Unique within the file.
    public var name: String
    /// The rule file as the caller named it.
    public var file: String
    /// Time between evaluations; nil takes the program's default.
    public var intervalMillis: Int64?
    /// How far back the expressions are evaluated; milliseconds.
    public var queryOffsetMillis: Int64 = 0
    /// The most series or alerts of a rule; 0 is no limit.
    public var limit = 0
    /// In the order of the file.
    public var rules: [Rule] = []
    /// The node it was read from.
    var node: YAMLNode?
}

/// The parts of a rule file that a rule was read from.
struct RuleNodes: Sendable {
    var name: YAMLNode?
    var expression: YAMLNode?
    var forDuration: YAMLNode?
    var labels = Values()
    var annotations = Values()

    /// The values of a mapping by their keys, looked for when somebody asks.
    struct Values: Sendable {
        var mapping: YAMLNode?

        /// For who asks for all of them.
        var byKey: [String: YAMLNode] {
            guard case .mapping(let entries)? = mapping?.content else { return [:] }
            return Dictionary(entries.map { ($0.key.scalarText ?? "", $0.value) }) { first, _ in first }
        }

        subscript(key: String) -> YAMLNode? {
            guard case .mapping(let entries)? = mapping?.content else { return nil }
            return entries.first { $0.key.scalarText == key }?.value
        }
    }
}
