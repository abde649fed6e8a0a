import RegularExpressions

/// What a ``Parser`` accepts, and its bounds.
public struct ParserOptions: Sendable {
    /// Whether functions and aggregations marked experimental may be used (`promql-experimental-functions`).
    public var experimentalFunctions = false
    /// Whether `anchored` and `smoothed` may be used (`promql-extended-range-selectors`).
    public var extendedRangeSelectors = false
    /// Whether `fill`, `fill_left` and `fill_right` may be used (`promql-binop-fill-modifiers`).
    public var fillModifiers = false
    /// Longest text in bytes.
    public var maxBytes = 1 << 20
    /// How deep brackets, arguments and signs may nest.
    public var maxNesting = 100
    /// Keeps compiled regular expressions from one parsing to the next; nil compiles each anew.
    public var regexCache: RegexCache?
    /// How large the regular expressions of all matchers and of `label_replace` may be together, in instructions of up to 100 bytes.
    public var maxRegexInstructions = 1_000_000
    /// How deep the expression's tree may be, long chains of operators included.
    public var maxDepth = 400

    /// The language without its experimental parts.
    public init() {}

    /// Everything switched on.
    public static var everything: ParserOptions {
        var options = ParserOptions()
        options.experimentalFunctions = true
        options.extendedRangeSelectors = true
        options.fillModifiers = true
        return options
    }
}
