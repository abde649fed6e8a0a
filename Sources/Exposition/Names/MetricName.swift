/// What names the text formats allow.
public enum MetricName {
    /// True for `[a-zA-Z_:][a-zA-Z0-9_:]*`, the legacy rule that every scraper knows.
    public static func isValid(_ name: String) -> Bool {
        isName(name, allowsColon: true)
    }

    /// True for `[a-zA-Z_][a-zA-Z0-9_]*`.
    public static func isValidLabel(_ name: String) -> Bool {
        isName(name, allowsColon: false)
    }

    /// True for labels that only formats and servers may use: `le`, `quantile` and whatever starts with `__`.
    public static func isReservedLabel(_ name: String) -> Bool {
        name == "le" || name == "quantile" || name.hasPrefix("__")
    }

    private static func isName(_ name: String, allowsColon: Bool) -> Bool {
        var isFirst = true
        for byte in name.utf8 {
            guard isNameByte(byte, isFirst: isFirst, allowsColon: allowsColon) else { return false }
            isFirst = false
        }
        return !isFirst
    }

    /// True when `byte` may stand in a name at this place.
    @inline(__always)
    static func isNameByte(_ byte: UInt8, isFirst: Bool, allowsColon: Bool) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"):
            true
        case UInt8(ascii: "0")...UInt8(ascii: "9"):
            !isFirst
        case UInt8(ascii: ":"):
            allowsColon
        default:
            false
        }
    }
}
