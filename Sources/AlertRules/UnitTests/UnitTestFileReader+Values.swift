import PromQL
import StrictYAML

/// Scalars by the rules of the YAML library that promtool reads with: what it refuses is refused here too.
extension UnitTestFileReader {
    /// `true`, `yes`, `on`, `y` and their opposites, not in quotes.
    static func bool(_ node: YAMLNode) throws(YAMLError) -> Bool {
        if case .scalar(let text, .plain) = node.content {
            if text == "y" || text == "Y" { return true }
            if text == "n" || text == "N" { return false }
        }
        return try node.bool()
    }

    /// A number, `.inf` and `.nan` included, not in quotes: `NaN` and `Inf` are strings to YAML.
    static func number(_ node: YAMLNode) throws(YAMLError) -> Double {
        guard case .scalar(let text, .plain) = node.content else {
            let hint = node.isQuoted ? " without quotes" : ""
            throw node.failure("expected a number\(hint), found \(node.scalarText.map(GoQuote.quoted) ?? "a list")")
        }
        if let special = special(text) { return special }
        let digits = text.filter { $0 != "_" }
        if let whole = whole(digits) { return whole }
        let isDecimal = digits.utf8.allSatisfy { (0x30...0x39).contains($0) || "+-.eE".utf8.contains($0) }
        guard isDecimal, let value = GoNumber.float(digits) else {
            let hint = ["nan", "inf", "+inf", "-inf"].contains(text.lowercased()) ? "; YAML writes .nan and .inf" : ""
            throw node.failure("expected a number, found \(GoQuote.quoted(text))\(hint)")
        }
        return value
    }

    private static func special(_ text: String) -> Double? {
        switch text {
        case ".nan", ".NaN", ".NAN": .nan
        case ".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF": .infinity
        case "-.inf", "-.Inf", "-.INF": -.infinity
        default: nil
        }
    }

    /// `0x`, `0o` and `0b` numbers, and such with a leading zero, which are octal.
    private static func whole(_ text: String) -> Double? {
        let isNegative = text.hasPrefix("-")
        var digits = Substring(text)
        if isNegative || text.hasPrefix("+") { digits = digits.dropFirst() }
        guard digits.hasPrefix("0"), digits.count > 1 else { return nil }
        digits = digits.dropFirst()
        let radix = ["x": 16, "X": 16, "o": 8, "O": 8, "b": 2, "B": 2][digits.prefix(1)]
        if radix != nil { digits = digits.dropFirst() }
        guard let first = digits.first, first != "+", first != "-", let value = UInt64(digits, radix: radix ?? 8) else {
            return nil
        }
        return isNegative ? -Double(value) : Double(value)
    }

    /// A Unix time in seconds or RFC 3339.
    static func startTime(_ node: YAMLNode) throws(YAMLError) -> Int64 {
        let text = try node.string()
        if let millis = RFC3339.unixMillis(text) { return millis }
        if let seconds = GoNumber.float(text), abs(seconds) <= maxStartSeconds {
            return Int64((seconds * 1_000).rounded())
        }
        throw node.failure("expected a Unix time or RFC 3339, as in 2024-01-01T00:00:00Z, found \(text)")
    }

    /// The year 9999: later times leave no room for the ends of ranges.
    private static let maxStartSeconds = 253_402_300_800.0

    /// A mapping of texts; null is the empty text.
    static func pairs(_ node: YAMLNode) throws(YAMLError) -> [(String, String)] {
        var result: [(String, String)] = []
        for (name, value) in try node.mapping().entries {
            guard let text = value.scalarText else { throw value.failure("expected a string") }
            result.append((try name.string(), value.isNull ? "" : text))
        }
        return result
    }
}
