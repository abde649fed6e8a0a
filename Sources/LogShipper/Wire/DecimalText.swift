/// Writes whole numbers and times as text.
enum DecimalText {
    /// Two digits for each number below 100.
    private static let pairs: StaticString = """
        0001020304050607080910111213141516171819202122232425262728293031323334353637383940414243444546474849\
        5051525354555657585960616263646566676869707172737475767778798081828384858687888990919293949596979899
        """

    /// Appends a number without leading zeros.
    static func append(_ value: UInt64, to output: GrowableBytes) {
        let target = output.room(20)
        let count = digitCount(value)
        write(value, to: target, count: count)
        output.count &+= count
    }

    /// Appends a number's last `count` digits, with zeros in front.
    static func append(_ value: UInt64, digits count: Int, to output: GrowableBytes) {
        write(value, to: output.room(count), count: count)
        output.count &+= count
    }

    /// Appends `2025-11-24T16:00:00.123456789Z`; `nanos` is not negative.
    static func appendRFC3339(nanos: Int64, to output: GrowableBytes) {
        let value = UInt64(max(0, nanos))
        let seconds = value / 1_000_000_000
        appendDate(daysSinceEpoch: Int(seconds / 86_400), to: output)
        let ofDay = seconds % 86_400
        output.append(0x54)
        append(ofDay / 3600, digits: 2, to: output)
        output.append(0x3a)
        append(ofDay / 60 % 60, digits: 2, to: output)
        output.append(0x3a)
        append(ofDay % 60, digits: 2, to: output)
        output.append(0x2e)
        append(value % 1_000_000_000, digits: 9, to: output)
        output.append(0x5a)
    }

    /// Appends `2025-11-24`; `days` is not negative and its year has four digits.
    static func appendDate(daysSinceEpoch days: Int, to output: GrowableBytes) {
        let (year, month, day) = civil(daysSinceEpoch: days)
        append(UInt64(year), digits: 4, to: output)
        output.append(0x2d)
        append(UInt64(month), digits: 2, to: output)
        output.append(0x2d)
        append(UInt64(day), digits: 2, to: output)
    }

    @inline(__always)
    private static func write(_ value: UInt64, to target: UnsafeMutableRawPointer, count: Int) {
        var rest = value
        var end = count
        while end >= 2 {
            let pair = Int(truncatingIfNeeded: rest % 100)
            rest /= 100
            end &-= 2
            let digits = UnsafeRawPointer(pairs.utf8Start).loadUnaligned(fromByteOffset: pair * 2, as: UInt16.self)
            target.storeBytes(of: digits, toByteOffset: end, as: UInt16.self)
        }
        if end == 1 { target.storeBytes(of: UInt8(truncatingIfNeeded: 0x30 + rest % 10), as: UInt8.self) }
    }

    private static func digitCount(_ value: UInt64) -> Int {
        var count = 1
        var bound: UInt64 = 10
        while count < 20, value >= bound {
            count += 1
            let (next, overflow) = bound.multipliedReportingOverflow(by: 10)
            if overflow { break }
            bound = next
        }
        return count
    }

    /// Howard Hinnant's `civil_from_days`, for days from 1970 on.
    private static func civil(daysSinceEpoch days: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = days + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
    }
}
