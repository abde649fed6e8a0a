/// One token of a template; `position` is its byte offset.
struct TemplateToken {
    enum Kind: Equatable {
        case text
        case leftDelimiter
        case rightDelimiter
        case leftParenthesis
        case rightParenthesis
        case pipe
        case declare
        case assign
        case space
        case bool
        case number
        case character
        case string
        case rawString
        case variable
        case field
        case identifier
        case dot
        case keyword
        case comma
        case other
        case end
        case error
    }

    var kind: Kind
    var text: String
    var position: Int
    var line: Int

    static let keywords: Set<String> = [
        "block", "break", "continue", "define", "else", "end", "if", "nil", "range", "template", "with",
    ]

    func isKeyword(_ word: String) -> Bool { kind == .keyword && text == word }

    /// As Go prints a token in an error: keywords in angle brackets, long ones cut.
    var shown: String {
        switch kind {
        case .end: "EOF"
        case .error: text
        case .keyword: text == "nil" ? "<nil>" : "<\(text)>"
        default: text.unicodeScalars.count > 10 ? GoQuote.quoted(String(text.prefix(10))) + "..." : GoQuote.quoted(text)
        }
    }
}
