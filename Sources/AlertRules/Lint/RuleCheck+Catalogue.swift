extension RuleCheck {
    /// All checks with their explanations, as `--list` and docs/LINT.md show them.
    public static var catalogue: String { allCases.map(\.explanation).joined(separator: "\n") }

    /// The check's part of the catalogue, in Markdown.
    public var explanation: String {
        """
        ### \(rawValue) (\(entry.severity.rawValue))

        \(entry.summary.prefix(1).uppercased() + entry.summary.dropFirst()). \(entry.why)

        Found:

        ```\(language)
        \(entry.bad)
        ```

        Right:

        ```\(language)
        \(entry.good)
        ```

        """
    }

    private var language: String { isOfMetrics ? "text" : "yaml" }
}
