/// Prometheus's humanize functions (common/helpers/templates): four significant digits with a unit prefix.
enum Humanize {
    private static let small = ["m", "u", "n", "p", "f", "a", "z", "y"]
    private static let large = ["k", "M", "G", "T", "P", "E", "Z", "Y"]
    private static let binary = ["ki", "Mi", "Gi", "Ti", "Pi", "Ei", "Zi", "Yi"]

    /// Metric prefixes: `123.5M`, `12.3m`.
    static func metric(_ value: Double) -> String {
        guard value.isFinite, value != 0 else { return GoFloat.fourDigits(value) }
        return value.magnitude >= 1 ? divided(value, by: 1_000, large) : multiplied(value, suffix: "")
    }

    /// Binary prefixes: `117.7Mi`.
    static func binary(_ value: Double) -> String {
        guard value.isFinite, value.magnitude > 1 else { return GoFloat.fourDigits(value) }
        return divided(value, by: 1_024, binary)
    }

    /// `1d 1h 1m 1s`, `1.5s`, `1ms`.
    static func duration(_ seconds: Double) -> String {
        guard seconds.isFinite else { return GoFloat.fourDigits(seconds) }
        if seconds == 0 { return GoFloat.fourDigits(seconds) + "s" }
        guard seconds.magnitude >= 1 else { return multiplied(seconds, suffix: "s") }
        let sign = seconds < 0 ? "-" : ""
        let whole = Int64(exactly: seconds.magnitude.rounded(.towardZero)) ?? Int64.max
        let (days, hours) = (whole / 86_400, whole / 3_600 % 24)
        let (minutes, rest) = (whole / 60 % 60, whole % 60)
        if days != 0 { return "\(sign)\(days)d \(hours)h \(minutes)m \(rest)s" }
        if hours != 0 { return "\(sign)\(hours)h \(minutes)m \(rest)s" }
        if minutes != 0 { return "\(sign)\(minutes)m \(rest)s" }
        return sign + GoFloat.fourDigits(seconds.magnitude) + "s"
    }

    /// `12.35%` of 0.1235.
    static func percentage(_ ratio: Double) -> String { GoFloat.fourDigits(ratio * 100) + "%" }

    /// Unix seconds to nanoseconds, cut to milliseconds; nil when it does not fit.
    static func nanos(unixSeconds: Double) -> Int64? {
        let nanos = unixSeconds * 1e9
        guard let whole = Int64(exactly: nanos.rounded(.towardZero)) else { return nil }
        return whole / 1_000_000 * 1_000_000
    }

    private static func divided(_ value: Double, by step: Double, _ prefixes: [String]) -> String {
        var (value, prefix) = (value, "")
        for next in prefixes where value.magnitude >= step { (value, prefix) = (value / step, next) }
        return GoFloat.fourDigits(value) + prefix
    }

    private static func multiplied(_ value: Double, suffix: String) -> String {
        var (value, prefix) = (value, "")
        for next in small where value.magnitude < 1 { (value, prefix) = (value * 1_000, next) }
        return GoFloat.fourDigits(value) + prefix + suffix
    }
}
