/// How names that break the legacy rule are written for scrapers that know no others.
///
/// Prometheus, escaping_schemes.md. Only ``values`` can be undone without loss, ``dots`` where names hold nothing
/// but legacy characters and dots.
public enum NameEscaping: String, Sendable, CaseIterable {
    /// Names stay as they are; in text they stand in quotes.
    case allowUTF8 = "allow-utf-8"
    /// Every character that is not allowed becomes `_`.
    case underscores
    /// `.` becomes `_dot_`, `_` becomes `__`, and so does every other character that is not allowed.
    case dots
    /// Names that break the rule begin with `U__`; there `_` becomes `__`, and what is not allowed `_hex_`.
    case values

    /// A metric name in this scheme.
    public func escape(metric: String) -> String { escape(metric, allowsColon: true) }

    /// A label name in this scheme; no colon is allowed in it.
    public func escape(label: String) -> String { escape(label, allowsColon: false) }

    /// The name that was escaped. What isn't the outcome of this scheme comes back as it is.
    public func unescape(_ name: String) -> String {
        switch self {
        case .allowUTF8, .underscores: name
        case .dots: NameEscaping.unescapeDots(name)
        case .values: NameEscaping.unescapeValues(name) ?? name
        }
    }

    private func escape(_ name: String, allowsColon: Bool) -> String {
        let isLegacy = allowsColon ? MetricName.isValid(name) : MetricName.isValidLabel(name)
        switch self {
        case .allowUTF8: return name
        case .underscores, .values: if isLegacy || name.isEmpty { return name }
        case .dots: break
        }
        var escaped = self == .values ? "U__" : ""
        var isFirst = true
        for scalar in name.unicodeScalars {
            let isAllowed =
                scalar.isASCII
                && MetricName.isNameByte(
                    UInt8(truncatingIfNeeded: scalar.value), isFirst: isFirst, allowsColon: allowsColon)
            append(scalar, isAllowed: isAllowed, to: &escaped)
            isFirst = false
        }
        return escaped
    }

    private func append(_ scalar: Unicode.Scalar, isAllowed: Bool, to escaped: inout String) {
        switch self {
        case .dots where scalar == ".": escaped += "_dot_"
        case .dots where !isAllowed, .dots where scalar == "_", .values where scalar == "_": escaped += "__"
        case .underscores where !isAllowed: escaped += "_"
        case .values where !isAllowed: escaped += "_\(String(scalar.value, radix: 16))_"
        default: escaped.unicodeScalars.append(scalar)
        }
    }

    /// Reads from left to right, so that `__dot__`, which was `_dot_`, does not become `_._`.
    private static func unescapeDots(_ name: String) -> String {
        var result: [UInt8] = []
        var rest = Array(name.utf8)[...]
        while let byte = rest.first {
            if rest.starts(with: "__".utf8) {
                result.append(byte)
                rest.removeFirst(2)
            } else if rest.starts(with: "_dot_".utf8) {
                result.append(UInt8(ascii: "."))
                rest.removeFirst(5)
            } else {
                result.append(byte)
                rest.removeFirst()
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    /// Nil when the name is not one that ``values`` makes.
    private static func unescapeValues(_ name: String) -> String? {
        guard name.hasPrefix("U__") else { return nil }
        var result = String.UnicodeScalarView()
        var rest = name.unicodeScalars.dropFirst(3)
        while let scalar = rest.popFirst() {
            guard scalar == "_" else {
                result.append(scalar)
                continue
            }
            // No code point has more than six hexadecimal digits.
            guard let end = rest.prefix(7).firstIndex(of: "_") else { return nil }
            if end == rest.startIndex {
                result.append("_")
            } else {
                guard let code = hexadecimal(rest[..<end]), let decoded = Unicode.Scalar(code) else { return nil }
                result.append(decoded)
            }
            rest = rest[rest.index(after: end)...]
        }
        return String(result)
    }

    private static func hexadecimal(_ digits: Substring.UnicodeScalarView) -> UInt32? {
        digits.allSatisfy { $0.properties.isASCIIHexDigit } ? UInt32(String(digits), radix: 16) : nil
    }
}
