import TimeSeries

/// A number as it was written.
public struct NumberLiteral: Sendable {
    /// The value; a duration counts in seconds.
    public var value: Double
    /// Whether it was written with units, `5m`.
    public var isDuration: Bool
    /// Where it stands.
    public var source: SourceRange
}

/// A string without its quotes.
public struct StringLiteral: Sendable {
    /// The text, escapes resolved.
    public var value: String
    /// The text in the query, where its bytes aren't UTF-8; such strings name no label.
    public var invalidText: String?
    /// Where it stands, quotes included.
    public var source: SourceRange
}

/// Brackets around an expression.
public struct Parenthesized: Sendable {
    /// What stands inside.
    public var inner: Expression
    /// Where it stands, brackets included.
    public var source: SourceRange
}

/// A sign.
public struct UnaryOperation: Sendable {
    /// Whether the sign is a minus.
    public var isNegative: Bool
    /// What follows it.
    public var operand: Expression
    /// Where it stands.
    public var source: SourceRange
}

/// Two operands and how to match them.
public struct BinaryOperation: Sendable {
    /// The operator.
    public var operation: BinaryOperator
    /// Left operand.
    public var left: Expression
    /// Right operand.
    public var right: Expression
    /// Whether a comparison answers 0 or 1 instead of filtering.
    public var returnsBool: Bool
    /// How series find each other; nil unless both operands are vectors.
    public var matching: VectorMatching?
}

/// Which labels make two series partners.
public struct VectorMatching: Sendable, Equatable {
    /// How many series of each side may share a match group.
    public enum Cardinality: Sendable {
        /// One on each side.
        case oneToOne
        /// Many on the left, `group_left`.
        case manyToOne
        /// Many on the right, `group_right`.
        case oneToMany
        /// The set operators.
        case manyToMany
    }

    /// How many series of each side may share a match group.
    public var cardinality: Cardinality = .oneToOne
    /// Whether `labels` are those that must agree (`on`) or those left out (`ignoring`).
    public var isOn = false
    /// The labels of `on` or `ignoring`.
    public var labels: [String] = []
    /// Labels taken over from the "one" side.
    public var include: [String] = []
    /// Value that stands for a missing left partner.
    public var fillLeft: Double?
    /// Value that stands for a missing right partner.
    public var fillRight: Double?
}

/// A function with its arguments.
public struct FunctionCall: Sendable {
    /// Which function.
    public var function: PromQLFunction
    /// Its arguments, checked in number and type.
    public var arguments: [Expression]
    /// Where it stands.
    public var source: SourceRange
}

/// An aggregation.
public struct Aggregation: Sendable {
    /// Which one.
    public var operation: AggregationOperator
    /// What is aggregated.
    public var operand: Expression
    /// `k`, φ, or the label of `count_values`.
    public var parameter: Expression?
    /// Labels of `by` or `without`.
    public var grouping: [String]
    /// Whether `grouping` are the labels left out.
    public var isWithout: Bool
    /// Where it stands.
    public var source: SourceRange
}

/// The time an `@` modifier fixes.
public enum AtModifier: Sendable, Equatable {
    /// Milliseconds since the epoch.
    case timestamp(Int64)
    /// The query's start.
    case start
    /// The query's end.
    case end
}

/// An instant selector.
public struct VectorSelector: Sendable {
    /// How samples at a range's borders are taken (experimental).
    public enum Extension: String, Sendable {
        /// The border values are those of the samples before.
        case anchored
        /// The border values are interpolated.
        case smoothed
    }

    /// The metric's name where it stands before the braces or quoted inside; empty otherwise.
    public var name: String
    /// Whether the name stands quoted inside the braces.
    public var hasQuotedName = false
    /// All conditions, that on `__name__` included.
    public var matchers: [LabelMatcher]
    /// How far back it looks from the evaluation time.
    public var offset: DurationExpression = .zero
    /// The fixed time, if any.
    public var at: AtModifier?
    /// `anchored` or `smoothed`.
    public var boundary: Extension?
    /// Where it stands.
    public var source: SourceRange
}

/// A range selector.
public struct RangeSelector: Sendable {
    /// Which series, with offset and `@`.
    public var selector: VectorSelector
    /// Length of the window.
    public var range: DurationExpression
    /// Where it stands, modifiers included.
    public var source: SourceRange
}

/// An expression evaluated at the steps of a window.
public struct Subquery: Sendable {
    /// What is evaluated.
    public var inner: Expression
    /// Length of the window.
    public var range: DurationExpression
    /// Distance of the steps; nil takes the engine's default.
    public var step: DurationExpression?
    /// How far back the window ends.
    public var offset: DurationExpression = .zero
    /// The fixed time, if any.
    public var at: AtModifier?
    /// Where it stands.
    public var source: SourceRange
}
