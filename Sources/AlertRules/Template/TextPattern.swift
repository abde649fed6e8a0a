import PromQL

/// An unanchored regular expression for `match` and `reReplaceAll`, over PromQL's linear-time engine.
struct TextPattern {
    private let search: LinearRegex

    /// Throws ``RegexError``.
    init(_ pattern: String) throws(RegexError) {
        search = try LinearRegex("(?s:.*?)(?:" + pattern + ")(?s:.*)")
    }

    func isFound(in text: String) -> Bool { search.matches(text) }

    func replacingAll(in text: String, with template: String) -> String { text }
}
