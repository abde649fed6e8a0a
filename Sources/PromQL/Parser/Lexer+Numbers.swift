extension Lexer {
    /// A number as Go reads it (base prefixes, underscores), or a duration, which counts in seconds.
    mutating func numberOrDuration() -> Token {
        let start = place
        let isNumber = skipNumber()
        if isNumber {
            let text = text(start)
            let source = span(start, place)
            guard let value = Lexer.numberValue(text) else {
                return failure("error parsing number: strconv.ParseFloat: parsing \"\(text)\": invalid syntax", start)
            }
            if value.isInfinite {
                return failure(
                    "error parsing number: strconv.ParseFloat: parsing \"\(text)\": value out of range", start)
            }
            return Token(kind: .number, text: text, source: source, number: value)
        }
        place = start
        guard skipDuration() else {
            if place < bytes.count { place += 1 }
            return failure("bad number or duration syntax: \"\(text(start))\"", start)
        }
        let text = text(start)
        do {
            let millis = try parsePrometheusDuration(text)
            let source = span(start, place)
            return Token(kind: .duration, text: text, source: source, number: Double(millis) / 1000)
        } catch {
            return failure(error.description, start)
        }
    }

    private var atWord: Bool {
        guard let next = byte() else { return false }
        return Lexer.isLetter(next) || Lexer.isDigit(next)
    }

    private mutating func skipNumber() -> Bool {
        if byte() == UInt8(ascii: "0"), let marker = byte(1), marker | 0x20 == UInt8(ascii: "x") {
            place += 2
            while let next = byte(), next == UInt8(ascii: "_") || Lexer.hexValue(next) != nil { place += 1 }
            return !atWord
        }
        skipDigits()
        if byte() == UInt8(ascii: ".") {
            place += 1
            skipDigits()
        }
        if let marker = byte(), marker | 0x20 == UInt8(ascii: "e") {
            let before = place
            place += 1
            if byte() == UInt8(ascii: "+") || byte() == UInt8(ascii: "-") { place += 1 }
            if byte().map(Lexer.isDigit) == true { skipDigits() } else { place = before }
        }
        return !atWord
    }

    private mutating func skipDigits() {
        while let next = byte(),
            Lexer.isDigit(next) || (next == UInt8(ascii: "_") && byte(1).map(Lexer.isDigit) == true)
        {
            place += 1
        }
    }

    private mutating func skipDuration() -> Bool {
        repeat {
            let digits = place
            while let next = byte(), Lexer.isDigit(next) { place += 1 }
            guard place > digits, let unit = byte(), Lexer.units.contains(unit) else { return false }
            place += 1
            if unit == UInt8(ascii: "m"), byte() == UInt8(ascii: "s") { place += 1 }
        } while byte().map(Lexer.isDigit) == true
        return !atWord
    }

    private static let units = Set("smhdwy".utf8)

    static func hexValue(_ byte: UInt8) -> UInt32? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt32(byte - UInt8(ascii: "a")) + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt32(byte - UInt8(ascii: "A")) + 10
        default: nil
        }
    }

    /// Go's base-0 integers first (`0x1f`, `0755`, `1_000`), then floats.
    static func numberValue(_ text: String) -> Double? {
        let plain = text.filter { $0 != "_" }
        if plain.hasPrefix("0x") || plain.hasPrefix("0X") {
            return Int64(plain.dropFirst(2), radix: 16).map(Double.init)
        }
        let isOctal = plain.utf8.count > 1 && plain.hasPrefix("0") && plain.utf8.allSatisfy(isDigit)
        if isOctal, let octal = Int64(plain, radix: 8) { return Double(octal) }
        return Double(plain.hasSuffix(".") ? plain + "0" : plain.hasPrefix(".") ? "0" + plain : plain)
            ?? Double(plain.replacingDot)
    }
}

extension String {
    /// `1.e5` has no digit after its point, which Swift's reader refuses.
    fileprivate var replacingDot: String {
        var out = ""
        var previous: Character = " "
        for character in self {
            if previous == ".", !character.isNumber { out += "0" }
            out.append(character)
            previous = character
        }
        return out
    }
}
