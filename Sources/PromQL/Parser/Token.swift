import TimeSeries

/// One word of the query. `text` is the source text, for strings with quotes and escapes.
struct Token: Sendable {
    enum Kind: Equatable, Sendable {
        case endOfInput
        case failure
        case identifier
        case metricIdentifier
        case number
        case duration
        case string
        case symbol
    }

    var kind: Kind
    var text: String
    var source: SourceRange
    /// A number's or a duration's value (seconds), a string's content.
    var number = 0.0
    var content = ""
    var isInvalidUTF8 = false

    private static let keywords: Set<String> = [
        "by", "without", "on", "ignoring", "group_left", "group_right", "bool", "offset", "fill", "fill_left",
        "fill_right", "anchored", "smoothed",
    ]
    private static let wordOperators: Set<String> = ["and", "or", "unless", "atan2"]
    private static let operators: Set<String> = [
        "+", "-", "*", "/", "%", "^", "==", "!=", "<", "<=", ">", ">=", "=~", "!~", "</", ">/", "@",
    ]

    /// How Prometheus's messages call it.
    var descriptionInErrors: String {
        switch kind {
        case .endOfInput: return "end of input"
        case .failure: return text
        case .number: return "number " + Token.shortened(text)
        case .duration: return "duration " + Token.shortened(text)
        case .string: return "string " + Token.shortened(text)
        case .metricIdentifier: return "metric identifier " + Labels.quoted(text)
        case .identifier: return wordDescription
        case .symbol:
            if Token.operators.contains(text) { return "<op:\(text)>" }
            return Token.symbolNames[text] ?? Labels.quoted(text)
        }
    }

    private static let symbolNames = [
        "(": "left parenthesis", ")": "right parenthesis",
    ]

    private var wordDescription: String {
        let lower = text.lowercased()
        if Token.keywords.contains(lower) { return "<\(text)>" }
        if Token.wordOperators.contains(lower) { return "<op:\(text)>" }
        if AggregationOperator(rawValue: lower) != nil { return "<aggr:\(text)>" }
        return "identifier " + Labels.quoted(text)
    }

    private static func shortened(_ text: String) -> String {
        text.utf8.count > 10 ? Labels.quoted(String(text.prefix(10))) + "..." : Labels.quoted(text)
    }
}
