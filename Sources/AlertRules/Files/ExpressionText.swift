import PromQL

/// How this module parses PromQL.
enum ExpressionText {
    static func parse(_ text: String, _ options: ParserOptions) throws(PromQLError) -> Expression {
        try Parser.parse(text, options: options)
    }

    /// The text for an error, cut where it is long: an expression, or a name in it, can be as long as its file.
    static func shortened(_ text: String) -> String {
        guard text.utf8.count > 300 else { return text }
        // By scalars, since one character can hold any number of them.
        var start = String.UnicodeScalarView()
        var bytes = 0
        for scalar in text.unicodeScalars {
            bytes += UTF8.width(scalar)
            if bytes > 300 { break }
            start.append(scalar)
        }
        return String(start) + "…"
    }
}
