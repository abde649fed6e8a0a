/// Durations as Go's `time.Duration.String` writes them: `1h0m0s`, `1.5s`, `250ms`, `0s`.
enum GoDuration {
    static func string(nanos: Int64) -> String {
        let sign = nanos < 0 ? "-" : ""
        let magnitude = nanos.magnitude
        switch magnitude {
        case 0: return "0s"
        case ..<1_000: return "\(sign)\(magnitude)ns"
        case ..<1_000_000: return sign + decimal(magnitude, unit: 1_000) + "µs"
        case ..<1_000_000_000: return sign + decimal(magnitude, unit: 1_000_000) + "ms"
        default:
            let minutes = magnitude / 60_000_000_000
            let seconds = decimal(magnitude % 60_000_000_000, unit: 1_000_000_000) + "s"
            if minutes == 0 { return sign + seconds }
            return minutes < 60 ? "\(sign)\(minutes)m\(seconds)" : "\(sign)\(minutes / 60)h\(minutes % 60)m\(seconds)"
        }
    }

    private static func decimal(_ value: UInt64, unit: UInt64) -> String {
        let fraction = value % unit
        guard fraction != 0 else { return String(value / unit) }
        var digits = String(unit + fraction).dropFirst()
        while digits.hasSuffix("0") { digits.removeLast() }
        return "\(value / unit).\(digits)"
    }
}
