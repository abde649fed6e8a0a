/// Cuts a template into tokens by the rules of Go's text/template/parse: `{{`, `}}`, trim markers `{{- ` and ` -}}`,
/// comments. It never fails: an error is a token, reported when the parser reaches it.
struct TemplateLexer {
    private let bytes: [UInt8]
    private var position = 0
    private var line = 1
    private var parenthesisDepth = 0
    private var tokens: [TemplateToken] = []

    static func tokens(of text: String) -> [TemplateToken] {
        var lexer = TemplateLexer(bytes: Array(text.utf8))
        lexer.run()
        return lexer.tokens
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    private mutating func run() {
        var trimsNext = false
        while true {
            lexText(trimsStart: trimsNext)
            trimsNext = false
            guard position < bytes.count else {
                emit(.end, from: position)
                return
            }
            let start = position
            position += 2
            let trims = isTrimMarkerAfterDelimiter
            if trims { position += 1 }
            let afterSpaces = trims ? skippedSpaces(position) : position
            if has("/*", at: afterSpaces) {
                position = afterSpaces
                guard let closed = lexComment() else { return }
                trimsNext = closed
                continue
            }
            emit(.leftDelimiter, "{{", at: start)
            position = afterSpaces
            parenthesisDepth = 0
            guard let closed = lexAction() else { return }
            trimsNext = closed
        }
    }

    // MARK: Text and delimiters

    private mutating func lexText(trimsStart: Bool) {
        var start = position
        if trimsStart {
            while start < bytes.count, isSpace(bytes[start]) { start += 1 }
        }
        var end = position
        while end < bytes.count, !has("{{", at: end) { end += 1 }
        start = min(start, end)
        var trimmedEnd = end
        if end < bytes.count, end + 3 < bytes.count, bytes[end + 2] == 0x2D, isSpace(bytes[end + 3]) {
            while trimmedEnd > start, isSpace(bytes[trimmedEnd - 1]) { trimmedEnd -= 1 }
        }
        countLines(position..<start)
        if trimmedEnd > start {
            tokens.append(
                TemplateToken(
                    kind: .text, text: String(decoding: bytes[start..<trimmedEnd], as: UTF8.self), position: start,
                    line: line))
        }
        countLines(start..<end)
        position = end
    }

    private var isTrimMarkerAfterDelimiter: Bool {
        position + 1 < bytes.count && bytes[position] == 0x2D && isSpace(bytes[position + 1])
    }

    private func skippedSpaces(_ from: Int) -> Int {
        var index = from
        while index < bytes.count, isSpace(bytes[index]) { index += 1 }
        return index
    }

    /// The right delimiter at the position, with or without a trim marker; nil when there is none.
    private func rightDelimiter(at index: Int) -> (length: Int, trims: Bool)? {
        if has("}}", at: index) { return (2, false) }
        if index + 3 < bytes.count, isSpace(bytes[index]), bytes[index + 1] == 0x2D, has("}}", at: index + 2) {
            return (4, true)
        }
        return nil
    }

    /// Returns whether the text after the comment is trimmed; nil after an error.
    private mutating func lexComment() -> Bool? {
        let start = position
        var index = position + 2
        while index < bytes.count, !has("*/", at: index) { index += 1 }
        guard index < bytes.count else {
            fail("unclosed comment", at: start)
            return nil
        }
        index += 2
        guard let (length, trims) = rightDelimiter(at: index) else {
            fail("comment ends before closing delimiter", at: start)
            return nil
        }
        countLines(start..<index + length)
        position = index + length
        return trims
    }

    // MARK: Actions

    /// Returns whether the text after the action is trimmed; nil after an error.
    private mutating func lexAction() -> Bool? {
        while true {
            if let (length, trims) = rightDelimiter(at: position) {
                guard parenthesisDepth == 0 else {
                    fail("unclosed left paren", at: position)
                    return nil
                }
                emit(.rightDelimiter, "}}", at: position)
                countLines(position..<position + length)
                position += length
                return trims
            }
            guard position < bytes.count else {
                fail("unclosed action", at: position)
                return nil
            }
            guard lexInsideAction(bytes[position]) else { return nil }
        }
    }

    private mutating func lexInsideAction(_ byte: UInt8) -> Bool {
        switch byte {
        case _ where isSpace(byte): lexSpace()
        case 0x3D: single(.assign)
        case 0x3A: return lexDeclare()
        case 0x7C: single(.pipe)
        case 0x22: return lexQuoted(0x22, kind: .string, error: "unterminated quoted string")
        case 0x60: return lexQuoted(0x60, kind: .rawString, error: "unterminated raw quoted string")
        case 0x27: return lexQuoted(0x27, kind: .character, error: "unterminated character constant")
        case 0x24: return lexVariable()
        case 0x2E where !isDigit(at: position + 1): return lexField()
        case 0x2E, 0x30...0x39: return lexNumber()
        case 0x2B where startsNumber(at: position + 1), 0x2D where startsNumber(at: position + 1): return lexNumber()
        case _ where isAlphanumeric(byte): return lexIdentifier()
        case 0x28:
            parenthesisDepth += 1
            single(.leftParenthesis)
        case 0x29:
            guard parenthesisDepth > 0 else { return fail("unexpected right paren", at: position) }
            parenthesisDepth -= 1
            single(.rightParenthesis)
        case 0x2C: single(.comma)
        case 0x21...0x7E: single(.other)
        default: return fail("unrecognized character in action: " + codePoint(byte), at: position)
        }
        return true
    }

    private mutating func lexSpace() {
        let start = position
        while position < bytes.count, isSpace(bytes[position]), rightDelimiter(at: position) == nil { position += 1 }
        emit(.space, from: start)
    }

    private mutating func lexDeclare() -> Bool {
        guard has(":=", at: position) else { return fail("expected :=", at: position) }
        emit(.declare, ":=", at: position)
        position += 2
        return true
    }

    private mutating func lexQuoted(_ quote: UInt8, kind: TemplateToken.Kind, error: String) -> Bool {
        let start = position
        position += 1
        while position < bytes.count, bytes[position] != quote {
            if quote != 0x60 {
                if bytes[position] == 0x5C { position += 1 }
                if position < bytes.count, bytes[position] == 0x0A { return fail(error, at: start) }
            }
            position += 1
        }
        guard position < bytes.count else { return fail(error, at: start) }
        position += 1
        emit(kind, from: start)
        return true
    }

    private mutating func lexVariable() -> Bool {
        let start = position
        position += 1
        while position < bytes.count, isAlphanumeric(bytes[position]) { position += 1 }
        guard isAtTerminator else { return fail("bad character " + codePoint(bytes[position]), at: position) }
        emit(.variable, from: start)
        return true
    }

    private mutating func lexField() -> Bool {
        let start = position
        position += 1
        if isAtTerminator {
            emit(.dot, from: start)
            return true
        }
        while position < bytes.count, isAlphanumeric(bytes[position]) { position += 1 }
        guard isAtTerminator else { return fail("bad character " + codePoint(bytes[position]), at: position) }
        emit(.field, from: start)
        return true
    }

    private mutating func lexIdentifier() -> Bool {
        let start = position
        while position < bytes.count, isAlphanumeric(bytes[position]) { position += 1 }
        guard isAtTerminator else { return fail("bad character " + codePoint(bytes[position]), at: position) }
        let word = String(decoding: bytes[start..<position], as: UTF8.self)
        let kind: TemplateToken.Kind =
            TemplateToken.keywords.contains(word) ? .keyword : word == "true" || word == "false" ? .bool : .identifier
        emit(kind, word, at: start)
        return true
    }

    private mutating func lexNumber() -> Bool {
        let start = position
        if bytes[position] == 0x2B || bytes[position] == 0x2D { position += 1 }
        while position < bytes.count {
            let byte = bytes[position]
            let isExponentSign =
                (byte == 0x2B || byte == 0x2D)
                && (bytes[position - 1] | 0x20 == 0x65 || bytes[position - 1] | 0x20 == 0x70)
            guard isAlphanumeric(byte) || byte == 0x2E || isExponentSign else { break }
            position += 1
        }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        guard TemplateNumber(text) != nil else {
            return fail("bad number syntax: " + GoQuote.quoted(text), at: start)
        }
        emit(.number, text, at: start)
        return true
    }

    private var isAtTerminator: Bool {
        guard position < bytes.count else { return true }
        let byte = bytes[position]
        return isSpace(byte) || [0x2E, 0x2C, 0x7C, 0x3A, 0x29, 0x28].contains(byte)
            || rightDelimiter(at: position) != nil
    }

    // MARK: Bytes

    private mutating func single(_ kind: TemplateToken.Kind) {
        position += 1
        emit(kind, from: position - 1)
    }

    private mutating func emit(_ kind: TemplateToken.Kind, from start: Int) {
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        emit(kind, text, at: start)
        countLines(start..<position)
    }

    private mutating func emit(_ kind: TemplateToken.Kind, _ text: String, at start: Int) {
        tokens.append(TemplateToken(kind: kind, text: text, position: start, line: line))
    }

    @discardableResult
    private mutating func fail(_ message: String, at start: Int) -> Bool {
        tokens.append(TemplateToken(kind: .error, text: message, position: start, line: line))
        return false
    }

    private mutating func countLines(_ range: Range<Int>) {
        for index in range where bytes[index] == 0x0A { line += 1 }
    }

    private func codePoint(_ byte: UInt8) -> String {
        let hex = String(byte, radix: 16, uppercase: true)
        let code = "U+" + String(repeating: "0", count: max(0, 4 - hex.utf8.count)) + hex
        return (0x20...0x7E).contains(byte) ? "\(code) '\(String(UnicodeScalar(byte)))'" : code
    }

    private func has(_ pair: StaticString, at index: Int) -> Bool {
        index + 1 < bytes.count && bytes[index] == pair.utf8Start[0] && bytes[index + 1] == pair.utf8Start[1]
    }

    private func startsNumber(at index: Int) -> Bool {
        isDigit(at: index) || (index < bytes.count && bytes[index] == 0x2E)
    }

    private func isDigit(at index: Int) -> Bool { index < bytes.count && (0x30...0x39).contains(bytes[index]) }
    private func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0D || byte == 0x0A }

    /// Letters outside ASCII are taken whole, without asking what they are.
    private func isAlphanumeric(_ byte: UInt8) -> Bool {
        byte == 0x5F || (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte | 0x20) || byte >= 0x80
    }
}
