/// Cuts a query into tokens; stops at the first thing that is none, which becomes the last token.
///
/// The language's words are not reserved, so keywords stay identifiers and the parser decides by their place.
struct Lexer {
    let bytes: [UInt8]
    var place = 0
    private var braces = 0
    private var brackets = 0
    private var open: [UInt8] = []
    private var line = 1
    private var lineStart = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    func byte(_ ahead: Int = 0) -> UInt8? {
        place + ahead < bytes.count ? bytes[place + ahead] : nil
    }

    /// A range that starts on the current line.
    func span(_ start: Int, _ end: Int) -> SourceRange {
        SourceRange(start: start, end: end, line: line, column: start - lineStart + 1)
    }

    /// Notes that the byte at `place` ends a line.
    mutating func endLine(_ place: Int) {
        line += 1
        lineStart = place + 1
    }

    mutating func next() -> Token {
        skipSpaceAndComments()
        let start = place
        guard let first = byte() else { return endToken(start) }
        if Lexer.isDigit(first) || (first == UInt8(ascii: ".") && byte(1).map(Lexer.isDigit) == true) {
            if braces > 0 { return unexpected(start) }
            return numberOrDuration()
        }
        if first == UInt8(ascii: "\"") || first == UInt8(ascii: "'") || first == UInt8(ascii: "`") {
            return quotedString(first)
        }
        if Lexer.isLetter(first) || (first == UInt8(ascii: ":") && braces == 0 && brackets == 0) { return word() }
        return symbol(first)
    }

    private mutating func skipSpaceAndComments() {
        while let next = byte() {
            if next == UInt8(ascii: "#") {
                while let inside = byte(), inside != UInt8(ascii: "\n") {
                    _ = inside
                    place += 1
                }
            } else if next == UInt8(ascii: " ") || (0x09...0x0d).contains(next) {
                if next == UInt8(ascii: "\n") { endLine(place) }
                place += 1
            } else {
                return
            }
        }
    }

    private func endToken(_ start: Int) -> Token {
        let message: String? =
            switch open.last {
            case UInt8(ascii: "{"): "unexpected end of input inside braces"
            case UInt8(ascii: "["): "unexpected end of input in duration expression"
            case UInt8(ascii: "("): "unclosed left parenthesis"
            default: nil
            }
        let source = span(start, start)
        guard let message else { return Token(kind: .endOfInput, text: "", source: source) }
        return Token(kind: .failure, text: message, source: source)
    }

    func failure(_ message: String, _ start: Int, end: Int? = nil) -> Token {
        Token(kind: .failure, text: message, source: span(start, end ?? place))
    }

    private mutating func unexpected(_ start: Int) -> Token {
        var length = 1
        while let next = byte(length), next & 0xc0 == 0x80 { length += 1 }
        let text = String(decoding: bytes[start..<min(start + length, bytes.count)], as: UTF8.self)
        return failure("unexpected character\(braces > 0 ? " inside braces" : ""): '\(text)'", start)
    }

    func text(_ start: Int) -> String { String(decoding: bytes[start..<place], as: UTF8.self) }

    private mutating func word() -> Token {
        let start = place
        var hasColon = false
        while let next = byte() {
            if next == UInt8(ascii: ":"), braces == 0, brackets == 0 {
                hasColon = true
            } else if !Lexer.isLetter(next), !Lexer.isDigit(next) {
                break
            }
            place += 1
        }
        let text = text(start)
        let source = span(start, place)
        let lower = text.utf8.count == 3 ? text.lowercased() : ""
        if lower == "inf" || lower == "nan", braces == 0 {
            return Token(kind: .number, text: text, source: source, number: lower == "inf" ? .infinity : .nan)
        }
        return Token(kind: hasColon ? .metricIdentifier : .identifier, text: text, source: source)
    }

    private mutating func symbol(_ first: UInt8) -> Token {
        let start = place
        let second = byte(1) ?? 0
        for pair in Lexer.pairs where pair.0 == first && pair.1 == second {
            return emit(2, start)
        }
        if let closer = Lexer.closers[first] {
            if first == UInt8(ascii: "{") {
                if braces > 0 { return unexpected(start) }
                braces += 1
            }
            if first == UInt8(ascii: "[") { brackets += 1 }
            open.append(closer == 0 ? first : first)
            return emit(1, start)
        }
        if let opener = Lexer.openers[first] { return close(opener, first, start) }
        guard Lexer.singles.contains(first), !(braces > 0 && !Lexer.insideBraces.contains(first)) else {
            return unexpected(start)
        }
        if first == UInt8(ascii: ":"), brackets == 0 { return unexpected(start) }
        return emit(1, start)
    }

    private mutating func close(_ opener: UInt8, _ byte: UInt8, _ start: Int) -> Token {
        guard open.last == opener else {
            if byte == UInt8(ascii: ")") { return failure("unexpected right parenthesis", start, end: start + 1) }
            return unexpected(start)
        }
        open.removeLast()
        if opener == UInt8(ascii: "{") { braces -= 1 }
        if opener == UInt8(ascii: "[") { brackets -= 1 }
        return emit(1, start)
    }

    private mutating func emit(_ length: Int, _ start: Int) -> Token {
        place += length
        return Token(kind: .symbol, text: text(start), source: span(start, place))
    }

    private static let pairs: [(UInt8, UInt8)] = ["==", "!=", "=~", "!~", "<=", ">=", "</", ">/"].map {
        let both = Array($0.utf8)
        return (both[0], both[1])
    }
    private static let closers: [UInt8: UInt8] = [
        UInt8(ascii: "("): UInt8(ascii: ")"), UInt8(ascii: "{"): UInt8(ascii: "}"),
        UInt8(ascii: "["): UInt8(ascii: "]"),
    ]
    private static let openers = Dictionary(uniqueKeysWithValues: closers.map { ($0.value, $0.key) })
    private static let singles = Set("+-*/%^=<>,@:".utf8)
    private static let insideBraces = Set("=,".utf8)

    static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
    static func isLetter(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20) || byte == UInt8(ascii: "_")
    }
}
