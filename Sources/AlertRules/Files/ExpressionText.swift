import PromQL

/// How this module parses PromQL: one place for the parser's options.
enum ExpressionText {
    static func parse(_ text: String) throws(PromQLError) -> Expression {
        try Parser.parse(text)
    }
}
