/// The `Date` field of answers the gateway writes itself (RFC 9110 section 5.6.7), made once a second.
struct HTTPDate {
    private var second = Int64.min
    private(set) var bytes: [UInt8] = []

    /// `Sun, 06 Nov 1994 08:49:37 GMT` for these seconds since 1970.
    mutating func update(second now: Int64) {
        guard now != second else { return }
        second = now
        bytes = Self.format(now)
    }

    static func format(_ seconds: Int64) -> [UInt8] {
        let days = Int(clamping: seconds / 86_400)
        let rest = Int(clamping: seconds % 86_400)
        let (year, month, day) = civil(days)
        let names: [StaticString] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
        let months: [StaticString] = [
            "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
        ]
        var text = "\(names[((days % 7) + 7) % 7]), "
        text += two(day) + " \(months[month - 1]) \(year) "
        text += two(rest / 3_600) + ":" + two(rest / 60 % 60) + ":" + two(rest % 60) + " GMT"
        return Array(text.utf8)
    }

    private static func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }

    /// Howard Hinnant's days-to-civil, for days since 1970-01-01 that are not negative.
    private static func civil(_ days: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = max(0, days) + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted % 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
    }
}
