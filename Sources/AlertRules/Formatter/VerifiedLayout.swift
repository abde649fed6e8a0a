import PromQL
import RegularExpressions
import StrictYAML

/// Lays out expressions and proves each layout: it means the same, and laying it out again changes nothing.
final class VerifiedLayout {
    let width: Int
    let options: ParserOptions
    /// What was proven to mean the same as its layout, so that it need not be parsed again.
    private var proven: [String: String] = [:]

    init(width: Int) {
        self.width = width
        var options = ParserOptions.everything
        options.regexCache = RegexCache()
        self.options = options
    }

    /// The layout of an expression, on one line where only one is allowed. Refuses what would lose comments, or bytes
    /// that aren't UTF-8, and what wouldn't read back as the same.
    func formatted(_ text: String, _ value: YAMLNode) throws(RuleFileError) -> String {
        guard let result = try parse(value, { () throws(PromQLError) in try layout(text) }) else {
            throw RuleFileError(at: value, "formatting would lose a comment of the expression, so it is left as it is")
        }
        if result.text == VerifiedLayout.trimmed(text) { return result.text }
        let again = try? layout(result.text)
        let losesBytes =
            result.text.unicodeScalars.contains("\u{fffd}") && !text.unicodeScalars.contains("\u{fffd}")
        guard let again, again.meaning == result.meaning, again.text == result.text, !losesBytes else {
            throw RuleFileError(at: value, "the formatted expression would mean something else, so it is left as it is")
        }
        proven[text] = result.text
        return result.text
    }

    /// Where no block may stand; comments need lines of their own.
    func oneLine(_ text: String, _ value: YAMLNode) throws(RuleFileError) -> String {
        let expression = try parse(value) { () throws(PromQLError) in try Parser.parse(text, options: options) }
        let line = expression.description
        guard let kept = try? Expression.formatted(text, options: options, width: .max), kept == line else {
            throw RuleFileError(
                at: value, "the expression needs several lines, which {…} can't hold; it is left as it is")
        }
        return line
    }

    /// Whether two texts are the same expression.
    func isSame(_ old: String, _ new: String) -> Bool {
        if let known = proven[old], known == VerifiedLayout.trimmed(new) { return true }
        let texts = [old, new].map { try? Parser.parse($0, options: options).description }
        return texts[0] != nil && texts[0] == texts[1]
    }

    /// Without the line ends behind it, which a block adds.
    static func trimmed(_ text: String) -> Substring {
        let end = text.utf8.lastIndex { $0 != UInt8(ascii: "\n") }.map { text.utf8.index(after: $0) }
        return text[..<(end ?? text.startIndex)]
    }

    private func layout(_ text: String) throws(PromQLError) -> (text: String, meaning: String)? {
        let root = try Parser.parse(text, options: options)
        return root.formatted(keepingCommentsOf: text, width: width).map { ($0, root.description) }
    }

    private func parse<Result>(
        _ value: YAMLNode, _ body: () throws(PromQLError) -> Result
    ) throws(RuleFileError) -> Result {
        do {
            return try body()
        } catch {
            throw RuleFileError(
                in: value, line: error.line, byteColumn: error.column - 1, "parse error: \(error.message)")
        }
    }
}
