import PromQL

/// How this module parses PromQL.
enum ExpressionText {
    static func parse(_ text: String, _ options: ParserOptions) throws(PromQLError) -> Expression {
        try Parser.parse(text, options: options)
    }
}
