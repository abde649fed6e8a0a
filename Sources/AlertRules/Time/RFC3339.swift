/// RFC 3339 timestamps in UTC, as in Alertmanager's API and promtool's `start_timestamp`.
public enum RFC3339 {
    /// `2024-01-01T00:00:00Z`, with milliseconds only where they are not zero (as Go's RFC3339Nano prints them).
    public static func string(unixMillis: Int64) -> String {
        let time = CivilTime(unixMillis: unixMillis)
        var text = "\(padded(time.year, 4))-\(padded(time.month, 2))-\(padded(time.day, 2))"
        text += "T\(padded(time.hour, 2)):\(padded(time.minute, 2)):\(padded(time.second, 2))"
        text += fraction(nanosecond: time.nanosecond)
        return text + "Z"
    }

    /// Milliseconds since the epoch of `2006-01-02T15:04:05[.frac](Z|±hh:mm)`; nil when the text is something else.
    public static func unixMillis(_ text: String) -> Int64? {
        var scan = Scanner(bytes: Array(text.utf8))
        guard let year = scan.digits(4), scan.take("-"), let month = scan.digits(2), scan.take("-"),
            let day = scan.digits(2), scan.take("T") || scan.take("t") || scan.take(" "),
            let hour = scan.digits(2), scan.take(":"), let minute = scan.digits(2), scan.take(":"),
            let second = scan.digits(2), (1...12).contains(month), hour < 24, minute < 60, second < 60,
            day >= 1, day <= CivilTime.daysInMonth(year: year, month: month)
        else { return nil }
        guard let millis = scan.fractionMillis(), let offsetMinutes = scan.zoneMinutes(), scan.atEnd else { return nil }
        let days = CivilTime.days(year: year, month: month, day: day)
        let seconds = days * 86_400 + Int64(hour * 3_600 + minute * 60 + second) - Int64(offsetMinutes * 60)
        return seconds * 1_000 + Int64(millis)
    }

    /// `.5`, `.123456789` or nothing: the digits without trailing zeros.
    static func fraction(nanosecond: Int) -> String {
        guard nanosecond != 0 else { return "" }
        var digits = padded(nanosecond, 9)
        while digits.hasSuffix("0") { digits.removeLast() }
        return "." + digits
    }

    private struct Scanner {
        let bytes: [UInt8]
        var position = 0

        init(bytes: [UInt8]) { self.bytes = bytes }

        var atEnd: Bool { position == bytes.count }

        mutating func take(_ character: Unicode.Scalar) -> Bool {
            guard position < bytes.count, bytes[position] == UInt8(ascii: character) else { return false }
            position += 1
            return true
        }

        mutating func digits(_ count: Int) -> Int? {
            guard bytes.count - position >= count else { return nil }
            var value = 0
            for _ in 0..<count {
                let byte = bytes[position]
                guard (0x30...0x39).contains(byte) else { return nil }
                value = value * 10 + Int(byte - 0x30)
                position += 1
            }
            return value
        }

        mutating func fractionMillis() -> Int? {
            guard take(".") else { return 0 }
            var millis = 0
            var scale = 100
            let start = position
            while position < bytes.count, (0x30...0x39).contains(bytes[position]) {
                millis += Int(bytes[position] - 0x30) * scale
                scale /= 10
                position += 1
            }
            return position > start ? millis : nil
        }

        mutating func zoneMinutes() -> Int? {
            if take("Z") || take("z") { return 0 }
            let isNegative = take("-")
            guard isNegative || take("+"), let hours = digits(2), take(":"), let minutes = digits(2) else { return nil }
            guard hours < 24, minutes < 60 else { return nil }
            let total = hours * 60 + minutes
            return isNegative ? -total : total
        }
    }
}
