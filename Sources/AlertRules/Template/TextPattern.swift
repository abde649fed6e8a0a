import RegularExpressions

/// An unanchored regular expression, for templates' `match` and `reReplaceAll` and the names of tests, over
/// the linear-time engine.
struct TextPattern {
    /// As it was written.
    let pattern: String
    private let search: LinearRegex
    private let replaced: LinearRegex

    /// Texts longer than this are not replaced in.
    static let maxReplacedBytes = 64 << 10
    /// How long a text may get by replacing; a template's whole output is bounded as well.
    static let maxWrittenBytes = 256 << 10
    /// Steps of the machine over all matches: about 0.2 s.
    private static let maxSteps = 20_000_000

    /// Throws ``RegexError``.
    init(_ pattern: String) throws(RegexError) {
        self.pattern = pattern
        replaced = try LinearRegex(pattern, dotMatchesNewline: false)
        search = try LinearRegex("(?s:.*)(?:" + pattern + ")(?s:.*)", dotMatchesNewline: false, capturing: false)
    }

    /// Whether the pattern matches somewhere in the text.
    func isFound(in text: String) -> Bool { search.matches(text) }

    /// Go's `ReplaceAllString`: all matches that don't overlap, `$1` and `${name}` filled in; nil when the text, the
    /// work or the result is too large.
    func replacingAll(in text: String, with template: String) -> String? {
        guard text.utf8.count <= TextPattern.maxReplacedBytes else { return nil }
        return replaced.replacingAll(
            in: text, with: template, maxSteps: TextPattern.maxSteps, maxBytes: TextPattern.maxWrittenBytes)
    }
}
