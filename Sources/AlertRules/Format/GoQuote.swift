import TimeSeries

/// Go's double-quoted strings (`strconv.Quote`, `strconv.Unquote`).
enum GoQuote {
    /// `"…"` with Go's escapes; printable Unicode stays as it is.
    static func quoted(_ text: String) -> String { Labels.quoted(text) }

    /// The text inside a Go literal, quotes included in `literal`; nil when an escape is wrong.
    static func unquoted(_ literal: some StringProtocol) -> String? {
        guard let quote = literal.first, literal.count >= 2, literal.last == quote else { return nil }
        let inner = literal.dropFirst().dropLast()
        if quote == "`" { return String(String.UnicodeScalarView(inner.unicodeScalars.filter { $0 != "\r" })) }
        var bytes: [UInt8] = []
        var rest = Array(inner.unicodeScalars)[...]
        while let scalar = rest.popFirst() {
            if scalar != "\\" {
                if scalar == "\n" { return nil }
                bytes.append(contentsOf: Array(String(scalar).utf8))
            } else {
                guard let unescaped = escape(&rest, quote: quote) else { return nil }
                bytes.append(contentsOf: unescaped)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func escape(_ rest: inout ArraySlice<Unicode.Scalar>, quote: Character) -> [UInt8]? {
        guard let kind = rest.popFirst() else { return nil }
        switch kind {
        case "a": return [0x07]
        case "b": return [0x08]
        case "f": return [0x0C]
        case "n": return [0x0A]
        case "r": return [0x0D]
        case "t": return [0x09]
        case "v": return [0x0B]
        case "\\": return [0x5C]
        case "\"", "'": return quote == Character(kind) ? Array(String(kind).utf8) : nil
        case "x": return number(&rest, digits: 2, radix: 16).flatMap { UInt8(exactly: $0) }.map { [$0] }
        case "u": return number(&rest, digits: 4, radix: 16).flatMap(Unicode.Scalar.init).map { Array(String($0).utf8) }
        case "U": return number(&rest, digits: 8, radix: 16).flatMap(Unicode.Scalar.init).map { Array(String($0).utf8) }
        case "0"..."7":
            rest = [kind] + rest
            return number(&rest, digits: 3, radix: 8).flatMap { UInt8(exactly: $0) }.map { [$0] }
        default: return nil
        }
    }

    private static func number(_ rest: inout ArraySlice<Unicode.Scalar>, digits: Int, radix: Int) -> UInt32? {
        guard rest.count >= digits else { return nil }
        let text = String(String.UnicodeScalarView(rest.prefix(digits)))
        rest = rest.dropFirst(digits)
        return text.hasPrefix("+") || text.hasPrefix("-") ? nil : UInt32(text, radix: radix)
    }
}
