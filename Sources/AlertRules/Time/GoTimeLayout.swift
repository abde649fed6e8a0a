/// Formats a moment in UTC by a layout of Go's `time` package, whose reference time is
/// `Mon Jan 2 15:04:05 MST 2006`; templates use it through `(toTime …).Format "…"`.
enum GoTimeLayout {
    /// What `fmt.Sprint` writes for a `time.Time`.
    static func defaultString(_ time: CivilTime) -> String {
        let date = "\(padded(time.year, 4))-\(padded(time.month, 2))-\(padded(time.day, 2))"
        let clock = "\(padded(time.hour, 2)):\(padded(time.minute, 2)):\(padded(time.second, 2))"
        return "\(date) \(clock)\(RFC3339.fraction(nanosecond: time.nanosecond)) +0000 UTC"
    }

    static func format(_ time: CivilTime, layout: String) -> String {
        var rest = Substring(layout)
        var out = ""
        while !rest.isEmpty {
            if let (chunk, write) = chunks.first(where: { rest.hasPrefix($0.0) }) {
                out += write(time)
                rest.removeFirst(chunk.count)
            } else if let length = fractionLength(rest) {
                let digits = padded(time.nanosecond, 9).prefix(length.digits)
                out += length.isTrimmed ? trimmed(String(digits), mark: rest.first) : String(rest.prefix(1)) + digits
                rest.removeFirst(length.digits + 1)
            } else {
                out.append(rest.removeFirst())
            }
        }
        return out
    }

    /// Longest first, so that a prefix of another chunk is tried later.
    private static let chunks: [(String, @Sendable (CivilTime) -> String)] = [
        ("January", { CivilTime.monthNames[$0.month - 1] }),
        ("Monday", { CivilTime.weekdayNames[$0.weekday] }),
        ("Z07:00", { _ in "Z" }),
        ("-07:00", { _ in "+00:00" }),
        ("Z0700", { _ in "Z" }),
        ("-0700", { _ in "+0000" }),
        ("2006", { padded($0.year, 4) }),
        ("002", { padded($0.dayOfYear, 3) }),
        ("Jan", { String(CivilTime.monthNames[$0.month - 1].prefix(3)) }),
        ("Mon", { String(CivilTime.weekdayNames[$0.weekday].prefix(3)) }),
        ("MST", { _ in "UTC" }),
        ("-07", { _ in "+00" }),
        ("01", { padded($0.month, 2) }),
        ("02", { padded($0.day, 2) }),
        ("03", { padded(($0.hour + 11) % 12 + 1, 2) }),
        ("04", { padded($0.minute, 2) }),
        ("05", { padded($0.second, 2) }),
        ("06", { padded($0.year % 100, 2) }),
        ("15", { padded($0.hour, 2) }),
        ("PM", { $0.hour >= 12 ? "PM" : "AM" }),
        ("pm", { $0.hour >= 12 ? "pm" : "am" }),
        ("_2", { ($0.day < 10 ? " " : "") + String($0.day) }),
        ("1", { String($0.month) }),
        ("2", { String($0.day) }),
        ("3", { String(($0.hour + 11) % 12 + 1) }),
        ("4", { String($0.minute) }),
        ("5", { String($0.second) }),
    ]

    /// `.000` keeps its zeros, `.999` drops them; neither may be followed by a digit.
    private static func fractionLength(_ rest: Substring) -> (digits: Int, isTrimmed: Bool)? {
        guard let mark = rest.first, mark == "." || mark == ",", let digit = rest.dropFirst().first,
            digit == "0" || digit == "9"
        else { return nil }
        let run = rest.dropFirst().prefix { $0 == digit }
        if let after = rest.dropFirst(1 + run.count).first, after.isASCII, after.isNumber { return nil }
        return run.count <= 9 ? (run.count, digit == "9") : nil
    }

    private static func trimmed(_ digits: String, mark: Character?) -> String {
        var digits = digits
        while digits.hasSuffix("0") { digits.removeLast() }
        return digits.isEmpty ? "" : String(mark ?? ".") + digits
    }
}
