/// A number literal of a template: Go decides by its form whether it is an int or a float64.
enum TemplateNumber {
    case int(Int64)
    case float(Double)

    /// Decimal, `0x`, `0o`, `0b`, underscores, exponents; nil when it is none of these.
    init?(_ text: String) {
        var body = text.filter { $0 != "_" }
        let isNegative = body.hasPrefix("-")
        if isNegative || body.hasPrefix("+") { body.removeFirst() }
        let lowercased = body.lowercased()
        if let radix = TemplateNumber.radix(of: lowercased) {
            guard let magnitude = UInt64(lowercased.dropFirst(2), radix: radix),
                let value = Int64((isNegative ? "-" : "") + String(magnitude))
            else {
                guard radix == 16, lowercased.contains("p"), let value = Double(lowercased) else { return nil }
                self = .float(isNegative ? -value : value)
                return
            }
            self = .int(value)
            return
        }
        guard let first = lowercased.utf8.first, (0x30...0x39).contains(first) || first == 0x2E,
            lowercased.utf8.allSatisfy({ (0x30...0x39).contains($0) || [0x2E, 0x65, 0x2B, 0x2D].contains($0) })
        else { return nil }
        if !lowercased.contains(where: { $0 == "." || $0 == "e" }) {
            guard let value = Int64((isNegative ? "-" : "") + lowercased) else { return nil }
            self = .int(value)
        } else {
            let completed = lowercased.hasPrefix(".") ? "0" + lowercased : lowercased
            guard let value = Double(completed.hasSuffix(".") ? completed + "0" : completed) else { return nil }
            self = .float(isNegative ? -value : value)
        }
    }

    private static func radix(of text: String) -> Int? {
        if text.hasPrefix("0x") { return 16 }
        if text.hasPrefix("0o") { return 8 }
        return text.hasPrefix("0b") ? 2 : nil
    }

    var value: TemplateValue {
        switch self {
        case .int(let value): .int(value)
        case .float(let value): .float(value)
        }
    }
}
