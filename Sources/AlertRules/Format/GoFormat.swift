/// `fmt.Sprintf` for the values of templates: verbs, flags, width, precision, and Go's texts for wrong verbs
/// (`%!d(string=x)`), missing (`%!d(MISSING)`) and surplus arguments (`%!(EXTRA int=1)`).
struct GoFormat {
    private struct Directive {
        var minus = false
        var plus = false
        var space = false
        var zero = false
        var sharp = false
        var width: Int?
        var precision: Int?
    }

    private let format: [UInt8]
    private let arguments: [TemplateValue]
    private var position = 0
    private var nextArgument = 0
    private var out = ""

    /// Widths and precisions above this are Go's `%!(BADWIDTH)`: they are outside input.
    private static let maxWidth = 1_000

    static func sprintf(_ format: String, _ arguments: [TemplateValue]) -> String {
        var writer = GoFormat(format: Array(format.utf8), arguments: arguments)
        return writer.run()
    }

    /// `fmt.Sprint`: a space between operands when neither is a string.
    static func sprint(_ values: [TemplateValue]) -> String {
        var out = ""
        var previousIsText = true
        for (index, value) in values.enumerated() {
            let isText = if case .string = value { true } else { false }
            if index > 0, !isText, !previousIsText { out += " " }
            out += nilText(value)
            previousIsText = isText
        }
        return out
    }

    /// `fmt.Sprintln`: always a space between operands, and a newline.
    static func sprintln(_ values: [TemplateValue]) -> String {
        values.map(nilText).joined(separator: " ") + "\n"
    }

    private static func nilText(_ value: TemplateValue) -> String {
        if case .none = value { "<nil>" } else { value.text }
    }

    private init(format: [UInt8], arguments: [TemplateValue]) {
        self.format = format
        self.arguments = arguments
    }

    private mutating func run() -> String {
        while position < format.count {
            let start = position
            while position < format.count, format[position] != 0x25 { position += 1 }
            out += String(decoding: format[start..<position], as: UTF8.self)
            guard position < format.count else { break }
            position += 1
            writeDirective()
        }
        if nextArgument < arguments.count {
            let surplus = arguments[nextArgument...].map { "\($0.typeName)=\(GoFormat.nilText($0))" }
            out += "%!(EXTRA \(surplus.joined(separator: ", ")))"
        }
        return out
    }

    private mutating func writeDirective() {
        var directive = flags()
        directive.width = number(onNegative: { $0.minus = true }, &directive)
        if position < format.count, format[position] == 0x2E {
            position += 1
            var ignored = Directive()
            directive.precision = number(onNegative: { _ in }, &ignored) ?? 0
        }
        guard position < format.count else {
            out += "%!(NOVERB)"
            return
        }
        let verb = verbScalar()
        if verb == "%" {
            out += "%"
        } else if nextArgument >= arguments.count {
            out += "%!\(verb)(MISSING)"
        } else {
            let value = arguments[nextArgument]
            nextArgument += 1
            out += text(of: value, verb: verb, directive)
        }
    }

    private mutating func flags() -> Directive {
        var directive = Directive()
        while position < format.count {
            switch format[position] {
            case 0x2D: directive.minus = true
            case 0x2B: directive.plus = true
            case 0x20: directive.space = true
            case 0x30: directive.zero = true
            case 0x23: directive.sharp = true
            default: return directive
            }
            position += 1
        }
        return directive
    }

    private mutating func number(onNegative: (inout Directive) -> Void, _ directive: inout Directive) -> Int? {
        if position < format.count, format[position] == 0x2A {
            position += 1
            guard nextArgument < arguments.count, case .int(let value) = arguments[nextArgument] else {
                out += "%!(BADWIDTH)"
                return nil
            }
            nextArgument += 1
            if value < 0 { onNegative(&directive) }
            return Int(min(value.magnitude, UInt64(GoFormat.maxWidth)))
        }
        var result: Int?
        while position < format.count, (0x30...0x39).contains(format[position]) {
            result = min((result ?? 0) * 10 + Int(format[position] - 0x30), GoFormat.maxWidth)
            position += 1
        }
        return result
    }

    /// The verb may be any character, also one of several bytes.
    private mutating func verbScalar() -> Character {
        let rest = String(decoding: format[position...].prefix(4), as: UTF8.self)
        let verb = rest.first ?? "?"
        position += max(1, String(verb).utf8.count)
        return verb
    }

    private func text(of value: TemplateValue, verb: Character, _ directive: Directive) -> String {
        var directive = directive
        if verb == "v" { directive.plus = false }
        if verb == "T" { return pad(value.typeName, directive) }
        switch value {
        case .none: return verb == "v" ? pad("<nil>", directive) : "%!\(verb)(<nil>)"
        case .bool(let flag) where verb == "t" || verb == "v": return pad(flag ? "true" : "false", directive)
        case .int(let number): return integer(number, verb, directive) ?? wrong(value, verb)
        case .duration(let nanos):
            if verb == "v" || verb == "s" { return pad(value.text, directive) }
            return integer(nanos, verb, directive) ?? wrong(value, verb)
        case .float(let number): return float(number, verb, directive) ?? wrong(value, verb)
        case .string(let text), .html(let text): return string(text, verb, directive) ?? wrong(value, verb)
        default: return verb == "v" || verb == "s" ? pad(value.text, directive) : wrong(value, verb)
        }
    }

    private func wrong(_ value: TemplateValue, _ verb: Character) -> String {
        "%!\(verb)(\(value.typeName)=\(value.text))"
    }

    private func integer(_ value: Int64, _ verb: Character, _ directive: Directive) -> String? {
        let digits: String
        switch verb {
        case "d", "v": digits = String(value.magnitude)
        case "b": digits = String(value.magnitude, radix: 2)
        case "o": digits = (directive.sharp ? "0" : "") + String(value.magnitude, radix: 8)
        case "O": digits = "0o" + String(value.magnitude, radix: 8)
        case "x": digits = (directive.sharp ? "0x" : "") + String(value.magnitude, radix: 16)
        case "X": digits = (directive.sharp ? "0X" : "") + String(value.magnitude, radix: 16, uppercase: true)
        case "c", "q", "U": return character(value, verb, directive)
        default: return nil
        }
        let sign = value < 0 ? "-" : directive.plus ? "+" : directive.space ? " " : ""
        if let precision = directive.precision {
            let zeros = String(repeating: "0", count: max(0, precision - digits.utf8.count))
            return pad(sign + zeros + digits, directive)
        }
        return padNumber(sign: sign, digits: digits, directive)
    }

    private func character(_ value: Int64, _ verb: Character, _ directive: Directive) -> String {
        let scalar = UInt32(exactly: value).flatMap(Unicode.Scalar.init) ?? "\u{FFFD}"
        switch verb {
        case "c": return pad(String(scalar), directive)
        case "q": return pad(scalar == "'" ? "'\\''" : "'\(scalar)'", directive)
        default:
            let hex = String(value.magnitude, radix: 16, uppercase: true)
            return pad("U+" + String(repeating: "0", count: max(0, 4 - hex.utf8.count)) + hex, directive)
        }
    }

    private func float(_ value: Double, _ verb: Character, _ directive: Directive) -> String? {
        guard let ascii = verb.asciiValue, "eEfFgGv".contains(verb) else { return nil }
        let isFixed = "eEfF".contains(verb)
        let precision = directive.precision ?? (isFixed ? 6 : nil)
        var digits = GoFloat.formatted(
            value, verb: verb == "v" ? 0x67 : ascii, precision: precision, isAlternate: directive.sharp)
        var sign = ""
        if let first = digits.first, first == "-" || first == "+" {
            sign = first == "-" ? "-" : directive.plus || value.isInfinite ? "+" : ""
            digits.removeFirst()
        } else if directive.plus {
            sign = "+"
        } else if directive.space {
            sign = " "
        }
        return value.isFinite ? padNumber(sign: sign, digits: digits, directive) : pad(sign + digits, directive)
    }

    private func string(_ text: String, _ verb: Character, _ directive: Directive) -> String? {
        let cut = directive.precision.map { String(text.prefix($0)) } ?? text
        switch verb {
        case "s", "v": return pad(cut, directive)
        case "q": return pad(directive.sharp && !cut.contains("`") ? "`\(cut)`" : GoQuote.quoted(cut), directive)
        case "x", "X":
            let bytes = cut.utf8.map { byte in
                let hex = String(byte, radix: 16, uppercase: verb == "X")
                return hex.utf8.count == 1 ? "0" + hex : hex
            }
            return pad(bytes.joined(separator: directive.space ? " " : ""), directive)
        default: return nil
        }
    }

    private func pad(_ text: String, _ directive: Directive) -> String {
        guard let width = directive.width else { return text }
        let missing = max(0, width - text.unicodeScalars.count)
        let filling = String(repeating: " ", count: missing)
        return directive.minus ? text + filling : filling + text
    }

    private func padNumber(sign: String, digits: String, _ directive: Directive) -> String {
        guard directive.zero, !directive.minus, let width = directive.width else {
            return pad(sign + digits, directive)
        }
        let missing = max(0, width - sign.utf8.count - digits.utf8.count)
        return sign + String(repeating: "0", count: missing) + digits
    }
}
