/// A regular expression in RE2's syntax that matches in linear time.
public struct LinearRegex: Sendable {
    /// Compiles a pattern that must match the whole text.
    public init(_ pattern: String) throws(RegexError) {}

    /// Whether the whole text matches.
    public func matches(_ text: String) -> Bool { false }
}
