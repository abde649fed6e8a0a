/// RFC 3339 in UTC with microseconds. The part up to the full second is kept and rebuilt once a second.
struct TimestampCache: ~Copyable {
    /// `2026-08-21T12:34:56.` has 20 bytes, the whole stamp 27.
    static let byteCount = 27
    private static let prefixCount = 20
    private let prefix = UnsafeMutableRawPointer.allocate(byteCount: prefixCount, alignment: 8)
    private var cachedSecond = Int64.min

    deinit {
        prefix.deallocate()
    }

    /// Writes the stamp. Times outside the years 1970…9999 are clamped, so that the length never varies.
    @inline(__always)
    mutating func append(micros: Int64, to cursor: inout LineCursor) {
        let clamped = max(0, min(micros, 253_402_300_799_999_999))
        let (second, fraction) = clamped.quotientAndRemainder(dividingBy: 1_000_000)
        if second != cachedSecond { rebuild(second) }
        cursor.append(raw: UnsafeRawBufferPointer(start: prefix, count: TimestampCache.prefixCount))
        cursor.append(padded: UInt64(fraction), digits: 6)
        cursor.append(byte: UInt8(ascii: "Z"))
    }

    private mutating func rebuild(_ second: Int64) {
        cachedSecond = second
        let (days, inDay) = second.quotientAndRemainder(dividingBy: 86_400)
        let date = TimestampCache.civil(days: days)
        var cursor = LineCursor(at: prefix)
        cursor.append(padded: UInt64(date.year), digits: 4)
        cursor.append("-")
        cursor.append(padded: UInt64(date.month), digits: 2)
        cursor.append("-")
        cursor.append(padded: UInt64(date.day), digits: 2)
        cursor.append("T")
        cursor.append(padded: UInt64(inDay / 3600), digits: 2)
        cursor.append(":")
        cursor.append(padded: UInt64(inDay / 60 % 60), digits: 2)
        cursor.append(":")
        cursor.append(padded: UInt64(inDay % 60), digits: 2)
        cursor.append(".")
    }

    /// Days since 1970-01-01 to a Gregorian date, by eras of 400 years that start on 1 March
    /// (Howard Hinnant, "chrono-compatible low-level date algorithms").
    static func civil(days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let shifted = days + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * marchMonth + 2) / 5 + 1
        let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
    }
}
