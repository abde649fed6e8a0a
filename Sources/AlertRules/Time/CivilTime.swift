/// A moment in UTC, broken into the fields of the proleptic Gregorian calendar.
///
/// The conversion is Howard Hinnant's `civil_from_days` ("chrono-compatible low-level date algorithms"): shift the
/// year to begin in March, so that the leap day is the last day, and count eras of 400 years.
public struct CivilTime: Sendable, Equatable {
    /// Astronomical year (year 0 exists).
    public var year: Int
    /// 1…12.
    public var month: Int
    /// 1…31.
    public var day: Int
    /// 0…23.
    public var hour: Int
    /// 0…59.
    public var minute: Int
    /// 0…59; leap seconds do not exist in Unix time.
    public var second: Int
    /// 0…999,999,999.
    public var nanosecond: Int
    /// 0 is Sunday.
    public var weekday: Int

    static let monthNames = [
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
        "December",
    ]
    static let weekdayNames = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"]

    /// The fields of `seconds` since 1970-01-01T00:00:00Z.
    public init(unixSeconds seconds: Int64, nanosecond: Int = 0) {
        let (days, secondOfDay) = seconds.flooredDivision(by: 86_400)
        self.hour = Int(secondOfDay / 3_600)
        self.minute = Int(secondOfDay / 60 % 60)
        self.second = Int(secondOfDay % 60)
        self.nanosecond = nanosecond
        self.weekday = Int((days + 4).flooredDivision(by: 7).remainder)
        let (era, dayOfEra) = (days + 719_468).flooredDivision(by: 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        self.day = Int(dayOfYear - (153 * marchMonth + 2) / 5 + 1)
        self.month = Int(marchMonth < 10 ? marchMonth + 3 : marchMonth - 9)
        self.year = Int(yearOfEra + era * 400) + (self.month <= 2 ? 1 : 0)
    }

    /// The fields of `millis` milliseconds since 1970-01-01T00:00:00Z.
    public init(unixMillis millis: Int64) {
        let (seconds, rest) = millis.flooredDivision(by: 1_000)
        self.init(unixSeconds: seconds, nanosecond: Int(rest) * 1_000_000)
    }

    /// 1…366.
    public var dayOfYear: Int {
        Int(CivilTime.days(year: year, month: month, day: day) - CivilTime.days(year: year, month: 1, day: 1)) + 1
    }

    /// Days since 1970-01-01 of a date of the Gregorian calendar.
    static func days(year: Int, month: Int, day: Int) -> Int64 {
        let marchYear = Int64(month <= 2 ? year - 1 : year)
        let (era, yearOfEra) = marchYear.flooredDivision(by: 400)
        let marchMonth = Int64(month > 2 ? month - 3 : month + 9)
        let dayOfYear = (153 * marchMonth + 2) / 5 + Int64(day) - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    static func daysInMonth(year: Int, month: Int) -> Int {
        switch month {
        case 2: (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }
}

extension Int64 {
    /// Quotient rounded towards minus infinity, and the remainder in `0..<divisor` (`divisor` > 0).
    func flooredDivision(by divisor: Int64) -> (quotient: Int64, remainder: Int64) {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }
}

/// `value` in decimal, with zeros in front up to `width` digits.
func padded(_ value: Int, _ width: Int) -> String {
    let digits = String(value.magnitude)
    let zeros = String(repeating: "0", count: max(0, width - digits.utf8.count))
    return (value < 0 ? "-" : "") + zeros + digits
}
