import TimeSeries

extension LabelMatcher {
    /// A matcher whose pattern, in RE2's syntax, must match the whole value.
    public static func regex(
        name: String, pattern: String, negated: Bool = false
    ) throws(RegexError) -> LabelMatcher {
        let regex = try LinearRegex(pattern)
        return LabelMatcher(name: name, pattern: pattern, negated: negated, alternatives: regex.alternatives) {
            regex.matches($0)
        }
    }
}
