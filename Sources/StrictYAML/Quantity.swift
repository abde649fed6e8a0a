/// Durations and sizes as configuration files and environment variables write them.
public enum Quantity {
    /// Nanoseconds of `1h30m`, `500ms`, `1.5s` or a bare number of seconds; nil when malformed or out of range.
    public static func durationNanos(_ text: String) -> Int64? {
        if let seconds = Double(text), text.utf8.allSatisfy({ isDigit($0) || $0 == UInt8(ascii: ".") }) {
            return Int64(exactly: (seconds * 1e9).rounded())
        }
        var rest = Substring(text)
        var total: Int64 = 0
        while !rest.isEmpty {
            let number = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
            rest = rest.dropFirst(number.count)
            let unit = rest.prefix { $0.isASCII && $0.isLetter }
            rest = rest.dropFirst(unit.count)
            guard let value = Double(number), let scale = nanosPerUnit(unit),
                let nanos = Int64(exactly: (value * scale).rounded())
            else { return nil }
            let (sum, overflow) = total.addingReportingOverflow(nanos)
            guard !overflow else { return nil }
            total = sum
        }
        return text.isEmpty ? nil : total
    }

    /// Bytes of `16MiB`, `64KiB`, `10MB`, `512B` or a bare number; nil when malformed or out of range.
    public static func byteCount(_ text: String) -> Int? {
        let number = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        guard let value = Double(number), let scale = bytesPerUnit(text.dropFirst(number.count)) else { return nil }
        return Int(exactly: (value * scale).rounded())
    }

    /// A duration for a message: the largest unit that shows it exactly.
    public static func describe(nanos: Int64) -> String {
        if nanos == Int64.max { return "no limit" }
        for (unit, scale) in [("h", 3_600_000_000_000), ("m", 60_000_000_000), ("s", 1_000_000_000), ("ms", 1_000_000)]
            as [(String, Int64)] where nanos != 0 && nanos % scale == 0
        {
            return "\(nanos / scale)\(unit)"
        }
        return nanos == 0 ? "0s" : "\(nanos)ns"
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }

    private static func nanosPerUnit(_ unit: Substring) -> Double? {
        switch unit {
        case "ns": 1
        case "us": 1e3
        case "ms": 1e6
        case "s": 1e9
        case "m": 60e9
        case "h": 3_600e9
        case "d": 86_400e9
        case "w": 604_800e9
        case "y": 31_536_000e9
        default: nil
        }
    }

    private static func bytesPerUnit(_ unit: Substring) -> Double? {
        switch unit.lowercased() {
        case "", "b": 1
        case "kb", "k": 1e3
        case "mb", "m": 1e6
        case "gb", "g": 1e9
        case "kib", "ki": 1_024
        case "mib", "mi": 1_048_576
        case "gib", "gi": 1_073_741_824
        default: nil
        }
    }
}
