/// A condition on one label's value; an absent label counts as the empty string.
public struct LabelMatcher: Sendable, Equatable {
    /// How the value is compared.
    public enum Kind: String, Sendable {
        /// `=`: the same bytes.
        case equal = "="
        /// `!=`: other bytes.
        case notEqual = "!="
        /// `=~`: the whole value matches the expression.
        case regex = "=~"
        /// `!~`: the whole value doesn't match the expression.
        case notRegex = "!~"
    }

    /// The label's name; `__name__` for the metric.
    public let name: String
    /// How the value is compared.
    public let kind: Kind
    /// The value or the regular expression as it was written.
    public let value: String
    /// Strings of which one must be equal, where the expression is nothing but such an alternation.
    ///
    /// Stores look these up in the index instead of asking the predicate about every value.
    public let alternatives: [String]?
    private let predicate: @Sendable (String) -> Bool

    /// A comparison with a fixed string, `=` or `!=`.
    public init(name: String, equal value: String, negated: Bool = false) {
        self.name = name
        self.value = value
        kind = negated ? .notEqual : .equal
        alternatives = nil
        predicate = { ByteOrder.equal($0, value) }
    }

    /// A comparison with a regular expression, whose engine the caller brings.
    ///
    /// - Parameter predicate: whether the whole of a value matches `pattern`; the negation is applied here.
    public init(
        name: String, pattern: String, negated: Bool = false, alternatives: [String]? = nil,
        predicate: @escaping @Sendable (String) -> Bool
    ) {
        self.name = name
        value = pattern
        kind = negated ? .notRegex : .regex
        self.alternatives = alternatives
        self.predicate = predicate
    }

    /// Whether a value fulfils the condition.
    public func matches(_ value: String) -> Bool {
        switch kind {
        case .equal, .regex: predicate(value)
        case .notEqual, .notRegex: !predicate(value)
        }
    }

    /// Whether a label set fulfils the condition.
    public func matches(_ labels: Labels) -> Bool { matches(labels[name]) }

    /// Equal in name, kind and written value; predicates aren't compared.
    public static func == (left: LabelMatcher, right: LabelMatcher) -> Bool {
        left.kind == right.kind && ByteOrder.equal(left.name, right.name) && ByteOrder.equal(left.value, right.value)
    }
}

extension LabelMatcher: CustomStringConvertible {
    /// `name="value"`, with the name quoted where it isn't an identifier.
    public var description: String {
        (Labels.isLabelIdentifier(name) ? name : Labels.quoted(name)) + kind.rawValue + Labels.quoted(value)
    }
}
