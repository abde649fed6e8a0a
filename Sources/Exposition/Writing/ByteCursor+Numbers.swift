/// How a floating point number is written.
public enum FloatStyle: Sendable {
    /// As Go's `strconv.FormatFloat(v, 'g', -1, 64)`, which text format 0.0.4 uses: `1`, `1e+06`, `1e-05`.
    case go
    /// As OpenMetrics' canonical numbers: the same with `.0` where neither point nor exponent stands: `1.0`.
    case openMetrics
}

extension ByteCursor {
    /// `00` to `99`.
    private static let digitPairs: StaticString = """
        0001020304050607080910111213141516171819202122232425262728293031323334353637383940414243444546474849\
        5051525354555657585960616263646566676869707172737475767778798081828384858687888990919293949596979899
        """

    /// Appends an unsigned integer in decimal digits.
    @inlinable @inline(__always)
    public mutating func append(decimal value: UInt64) {
        if value < 10 {
            append(UInt8(truncatingIfNeeded: value) &+ 48)
        } else if value < 100_000_000, remaining >= 8 {
            // Eight digits at once in the bytes of a word; those in front that are zero are shifted out.
            let digits = ByteCursor.eightDigits(value)
            let zeros = digits.trailingZeroBitCount & ~7
            let text = (digits | 0x3030_3030_3030_3030) >> UInt64(zeros)
            UnsafeMutableRawPointer(next).storeBytes(of: text.littleEndian, as: UInt64.self)
            next += 8 &- zeros / 8
        } else {
            appendLong(decimal: value)
        }
    }

    /// The decimal digits of a number below 10^8 as numbers 0…9, the first in the lowest byte.
    ///
    /// Halves the number three times in all its parts at once; the divisions by 100 and 10 are multiplications that
    /// are exact for numbers this small.
    @inlinable @inline(__always)
    static func eightDigits(_ value: UInt64) -> UInt64 {
        let upper = value / 10_000
        let fours = upper | (value &- upper &* 10_000) << 32
        let hundreds = (fours &* 10_486) >> 20 & 0x0000_007F_0000_007F
        let twos = hundreds | (fours &- hundreds &* 100) << 16
        let tens = (twos &* 103) >> 10 & 0x000F_000F_000F_000F
        return tens | (twos &- tens &* 10) << 8
    }

    @usableFromInline
    mutating func appendLong(decimal value: UInt64) {
        let size = ByteCursor.digitCount(value)
        guard hasRoom(size) else { return }
        let pairs = ByteCursor.digitPairs.utf8Start
        var rest = value
        var position = next + size
        next = position
        while rest >= 100 {
            let pair = Int(truncatingIfNeeded: rest % 100) * 2
            rest /= 100
            position -= 2
            position[0] = pairs[pair]
            position[1] = pairs[pair + 1]
        }
        if rest >= 10 {
            let pair = Int(truncatingIfNeeded: rest) * 2
            position[-1] = pairs[pair + 1]
            position[-2] = pairs[pair]
        } else {
            position[-1] = UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: rest)
        }
    }

    /// The number of decimal digits of `value`; 1 for zero.
    @inline(__always)
    static func digitCount(_ value: UInt64) -> Int {
        var rest = value
        var digits = 1
        while rest >= 10_000 {
            rest /= 10_000
            digits += 4
        }
        if rest >= 100 { return digits + (rest >= 1000 ? 3 : 2) }
        return digits + (rest >= 10 ? 1 : 0)
    }

    /// Appends a floating point number: the shortest digits that read back as the same number.
    ///
    /// `NaN`, `+Inf` and `-Inf` stand for the values that have no digits.
    public mutating func append(_ value: Double, style: FloatStyle) {
        guard value.isFinite else {
            appendNonFinite(value)
            return
        }
        if value.sign == .minus { append(UInt8(ascii: "-")) }
        let decimal = ShortestDecimal(magnitude: value.magnitude)
        let exponent = decimal.pointPosition - 1
        if exponent < -4 || exponent >= 6 {
            appendScientific(decimal, exponent: exponent)
        } else {
            appendPositional(decimal, style: style)
        }
    }

    private mutating func appendNonFinite(_ value: Double) {
        if value.isNaN {
            append("NaN")
        } else {
            append(value < 0 ? "-Inf" : "+Inf")
        }
    }

    /// `d.ddde±XX`, at least two digits of exponent.
    private mutating func appendScientific(_ decimal: ShortestDecimal, exponent: Int) {
        appendDigits(decimal, pointAfter: 1)
        append(UInt8(ascii: "e"))
        append(UInt8(ascii: exponent < 0 ? "-" : "+"))
        if exponent.magnitude < 10 { append(UInt8(ascii: "0")) }
        append(decimal: UInt64(exponent.magnitude))
    }

    private mutating func appendPositional(_ decimal: ShortestDecimal, style: FloatStyle) {
        let point = decimal.pointPosition
        if point <= 0 {
            append("0.")
            for _ in 0..<(-point) { append(UInt8(ascii: "0")) }
            append(decimal: decimal.digits)
        } else if point >= decimal.digitCount {
            append(decimal: decimal.digits)
            for _ in 0..<(point - decimal.digitCount) { append(UInt8(ascii: "0")) }
            if style == .openMetrics { append(".0") }
        } else {
            appendDigits(decimal, pointAfter: point)
        }
    }

    /// The digits with a point after the first `whole` ones, unless no digit follows.
    private mutating func appendDigits(_ decimal: ShortestDecimal, pointAfter whole: Int) {
        let fractionDigits = decimal.digitCount - whole
        guard fractionDigits > 0 else {
            append(decimal: decimal.digits)
            return
        }
        var scale: UInt64 = 1
        for _ in 0..<fractionDigits { scale &*= 10 }
        append(decimal: decimal.digits / scale)
        append(UInt8(ascii: "."))
        let fraction = decimal.digits % scale
        for _ in 0..<(fractionDigits - ByteCursor.digitCount(fraction)) { append(UInt8(ascii: "0")) }
        append(decimal: fraction)
    }
}
