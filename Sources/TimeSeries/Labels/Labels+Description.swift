extension Labels: CustomStringConvertible {
    /// `name{a="b", c="d"}`; a name that isn't a plain identifier stands quoted inside the braces.
    public var description: String {
        let name = metricName
        let others = pairs.filter { $0.name != Label.metricName }
        guard Labels.isMetricIdentifier(name) else {
            var items = others.map(Labels.text(of:))
            if !name.isEmpty { items.insert(Labels.quoted(name), at: 0) }
            return "{" + items.joined(separator: ", ") + "}"
        }
        if others.isEmpty { return name }
        return name + "{" + others.map(Labels.text(of:)).joined(separator: ", ") + "}"
    }

    /// `{__name__="name", a="b"}`, the form Prometheus uses in its error messages.
    public var bracedDescription: String {
        "{" + pairs.map(Labels.text(of:)).joined(separator: ", ") + "}"
    }

    private static func text(of label: Label) -> String {
        (isLabelIdentifier(label.name) ? label.name : quoted(label.name)) + "=" + quoted(label.value)
    }

    /// Whether the text matches `[a-zA-Z_:][a-zA-Z0-9_:]*`.
    public static func isMetricIdentifier(_ text: String) -> Bool { isIdentifier(text, colons: true) }

    /// Whether the text matches `[a-zA-Z_][a-zA-Z0-9_]*`.
    public static func isLabelIdentifier(_ text: String) -> Bool { isIdentifier(text, colons: false) }

    private static func isIdentifier(_ text: String, colons: Bool) -> Bool {
        var first = true
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"): break
            case UInt8(ascii: "0")...UInt8(ascii: "9") where !first: break
            case UInt8(ascii: ":") where colons: break
            default: return false
            }
            first = false
        }
        return !first
    }

    /// A double-quoted string with Go's escapes for quotes, backslashes, control and other unprintable characters, as
    /// `strconv.Quote` writes it.
    public static func quoted(_ text: String) -> String {
        var out = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": out += "\\\""
            case "\\": out += "\\\\"
            case "\n": out += "\\n"
            case "\t": out += "\\t"
            case "\r": out += "\\r"
            case "\u{7}": out += "\\a"
            case "\u{8}": out += "\\b"
            case "\u{b}": out += "\\v"
            case "\u{c}": out += "\\f"
            case _ where scalar.value < 0x20 || scalar.value == 0x7f:
                out += "\\x" + hex(scalar.value, digits: 2)
            case _ where scalar.value > 0x7f && isUnprintable(scalar):
                out +=
                    scalar.value > 0xffff ? "\\U" + hex(scalar.value, digits: 8) : "\\u" + hex(scalar.value, digits: 4)
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out + "\""
    }

    private static func hex(_ value: UInt32, digits: Int) -> String {
        let text = String(value, radix: 16)
        return String(repeating: "0", count: max(0, digits - text.count)) + text
    }

    private static func isUnprintable(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: true
        case .spaceSeparator: true
        default: false
        }
    }
}
