/// Reads the time of a line: RFC 3339, or an epoch number whose unit its magnitude tells.
enum Timestamp {
    /// Nanoseconds since 1970, or nil for anything that is no time between 1970 and 2262.
    static func nanos(rfc3339 text: UnsafeRawBufferPointer) -> Int64? {
        guard text.count >= 20, let year = digits(text, 0, 4), let month = digits(text, 5, 2),
            let day = digits(text, 8, 2), let hour = digits(text, 11, 2), let minute = digits(text, 14, 2),
            let second = digits(text, 17, 2),
            text[4] == 0x2d, text[7] == 0x2d, text[13] == 0x3a, text[16] == 0x3a,
            text[10] | 0x20 == 0x74 || text[10] == 0x20,
            (1...12).contains(month), (1...31).contains(day), hour < 24, minute < 60, second <= 60,
            (1970...2261).contains(year)
        else { return nil }
        var index = 19
        let fraction = takeFraction(text, &index)
        guard let zone = takeZone(text, index) else { return nil }
        let days = daysSinceEpoch(year, month, day)
        let seconds = ((days * 24 + hour) * 60 + minute) * 60 + second - zone
        return seconds < 0 ? nil : Int64(seconds) * 1_000_000_000 + Int64(fraction)
    }

    /// An integer or decimal number of seconds, milliseconds, microseconds or nanoseconds since 1970.
    static func nanos(epoch text: UnsafeRawBufferPointer) -> Int64? {
        guard let value = Double(String(decoding: text.prefix(32), as: UTF8.self)), value.isFinite, value >= 0 else {
            return nil
        }
        let whole = Int64(String(decoding: text.prefix(32), as: UTF8.self))
        let scale: Int64 =
            switch value {
            case ..<1e11: 1_000_000_000
            case ..<1e14: 1_000_000
            case ..<1e17: 1000
            default: 1
            }
        if let whole {
            let (nanos, overflow) = whole.multipliedReportingOverflow(by: scale)
            return overflow ? nil : nanos
        }
        return Int64(exactly: (value * Double(scale)).rounded())
    }

    private static func digits(_ text: UnsafeRawBufferPointer, _ start: Int, _ count: Int) -> Int? {
        var value = 0
        for index in start..<(start + count) {
            guard (0x30...0x39).contains(text[index]) else { return nil }
            value = value * 10 + Int(text[index] - 0x30)
        }
        return value
    }

    /// Digits beyond the ninth are cut.
    private static func takeFraction(_ text: UnsafeRawBufferPointer, _ index: inout Int) -> Int {
        guard index < text.count, text[index] == 0x2e else { return 0 }
        index += 1
        var value = 0
        var scale = 100_000_000
        while index < text.count, (0x30...0x39).contains(text[index]) {
            value += Int(text[index] - 0x30) * scale
            scale /= 10
            index += 1
        }
        return value
    }

    /// The offset from UTC in seconds.
    private static func takeZone(_ text: UnsafeRawBufferPointer, _ index: Int) -> Int? {
        guard index < text.count else { return nil }
        if text[index] | 0x20 == 0x7a { return index + 1 == text.count ? 0 : nil }
        guard text.count == index + 6, text[index] == 0x2b || text[index] == 0x2d, text[index + 3] == 0x3a,
            let hours = digits(text, index + 1, 2), let minutes = digits(text, index + 4, 2), hours < 24, minutes < 60
        else { return nil }
        return (hours * 60 + minutes) * 60 * (text[index] == 0x2d ? -1 : 1)
    }

    /// Howard Hinnant's `days_from_civil`.
    static func daysSinceEpoch(_ year: Int, _ month: Int, _ day: Int) -> Int {
        let shifted = month <= 2 ? year - 1 : year
        let era = shifted / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }
}
