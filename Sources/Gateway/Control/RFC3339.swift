import StructuredLog

/// Milliseconds since 1970, from a clock that tests can set.
public typealias MillisClock = @Sendable () -> Int64

/// Times as answers carry them: RFC 3339, UTC, milliseconds.
enum RFC3339 {
    /// The system's clock.
    static let systemClock: MillisClock = { WallClock.micros() / 1_000 }

    /// `2026-11-24T05:30:34.120Z`.
    static func text(millis: Int64) -> String {
        let clamped = min(max(millis, 0), 253_402_300_799_999)
        let seconds = clamped / 1_000
        let (year, month, day) = civil(days: seconds / 86_400)
        let time = seconds % 86_400
        return "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))T"
            + "\(padded(time / 3_600, 2)):\(padded(time / 60 % 60, 2)):\(padded(time % 60, 2))."
            + "\(padded(clamped % 1_000, 3))Z"
    }

    /// Days since 1970 to a date of the Gregorian calendar (Howard Hinnant, "chrono-compatible low-level date
    /// algorithms", civil_from_days, for days after 1970).
    private static func civil(days: Int64) -> (Int64, Int64, Int64) {
        let shifted = days + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted % 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }

    private static func padded(_ number: Int64, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}
