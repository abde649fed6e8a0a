extension Lexer {
    /// A string in double, single or back quotes, with Go's escapes in the first two.
    mutating func quotedString(_ quote: UInt8) -> Token {
        let start = place
        place += 1
        let isRaw = quote == UInt8(ascii: "`")
        var content: [UInt8] = []
        while let next = byte() {
            if next == quote {
                place += 1
                let token = string(content, start)
                for inside in start..<place where bytes[inside] == UInt8(ascii: "\n") { endLine(inside) }
                return token
            }
            if next == UInt8(ascii: "\n"), !isRaw { break }
            if next == UInt8(ascii: "\\"), !isRaw {
                place += 1
                if let message = escape(quote, &content) { return failure(message, start) }
                continue
            }
            content.append(next)
            place += 1
        }
        return failure(isRaw ? "unterminated raw string" : "unterminated quoted string", start)
    }

    private func string(_ content: [UInt8], _ start: Int) -> Token {
        var token = Token(kind: .string, text: text(start), source: span(start, place))
        token.content = String(decoding: content, as: UTF8.self)
        token.isInvalidUTF8 = String(validating: content, as: UTF8.self) == nil
        return token
    }

    /// Reads what follows a backslash; a message says what is wrong with it.
    private mutating func escape(_ quote: UInt8, _ content: inout [UInt8]) -> String? {
        guard let marker = byte() else { return "escape sequence not terminated" }
        place += 1
        if let plain = Lexer.escapes[marker] {
            content.append(plain)
            return nil
        }
        switch marker {
        case quote: content.append(quote)
        case UInt8(ascii: "x"): return numeric(digits: 2, radix: 16, asScalar: false, &content)
        case UInt8(ascii: "u"): return numeric(digits: 4, radix: 16, asScalar: true, &content)
        case UInt8(ascii: "U"): return numeric(digits: 8, radix: 16, asScalar: true, &content)
        case UInt8(ascii: "0")...UInt8(ascii: "7"):
            place -= 1
            return numeric(digits: 3, radix: 8, asScalar: false, &content)
        default:
            let code = String(marker, radix: 16, uppercase: true)
            let padded = String(repeating: "0", count: 4 - code.count) + code
            return "unknown escape sequence U+\(padded) '\(Unicode.Scalar(marker))'"
        }
        return nil
    }

    private static let escapes: [UInt8: UInt8] = [
        UInt8(ascii: "a"): 7, UInt8(ascii: "b"): 8, UInt8(ascii: "f"): 12, UInt8(ascii: "n"): 10,
        UInt8(ascii: "r"): 13, UInt8(ascii: "t"): 9, UInt8(ascii: "v"): 11, UInt8(ascii: "\\"): UInt8(ascii: "\\"),
    ]

    private mutating func numeric(digits: Int, radix: UInt32, asScalar: Bool, _ content: inout [UInt8]) -> String? {
        var value: UInt32 = 0
        for _ in 0..<digits {
            guard let next = byte(), let digit = Lexer.hexValue(next), digit < radix else {
                return "illegal character in escape sequence"
            }
            value = value &* radix &+ digit
            place += 1
        }
        if !asScalar {
            guard let single = UInt8(exactly: value) else { return "escape sequence is an invalid byte" }
            content.append(single)
            return nil
        }
        guard let scalar = Unicode.Scalar(value) else {
            return "escape sequence is an invalid Unicode code point"
        }
        content.append(contentsOf: UTF8.encode(scalar).map(Array.init) ?? [])
        return nil
    }
}
