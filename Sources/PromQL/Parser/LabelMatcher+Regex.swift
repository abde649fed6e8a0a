import RegularExpressions
import TimeSeries

extension LabelMatcher {
    /// A matcher whose pattern, in RE2's syntax, must match the whole value.
    public static func regex(
        name: String, pattern: String, negated: Bool = false
    ) throws(RegexError) -> LabelMatcher {
        LabelMatcher(name: name, regex: try LinearRegex(pattern, capturing: false), negated: negated)
    }

    /// A matcher whose pattern must match the whole value.
    init(name: String, regex: LinearRegex, negated: Bool) {
        self.init(name: name, pattern: regex.pattern, negated: negated, alternatives: regex.alternatives) {
            regex.matches($0)
        }
    }
}
