/// The shortest decimal digits that read back as a given finite, non-negative number.
///
/// The value is `0.digits × 10^pointPosition`; `digits` neither starts nor ends with a zero, except for zero itself.
struct ShortestDecimal: Equatable {
    private(set) var digits: UInt64 = 0
    private(set) var digitCount = 1
    private(set) var pointPosition = 1

    init(magnitude: Double) {
        if let decimal = ShortestDecimal.short(magnitude) {
            self = decimal
        } else {
            self = ShortestDecimal.exact(magnitude)
        }
    }

    private init(integer: UInt64, fractionDigits: Int) {
        guard integer != 0 else { return }
        digits = integer
        digitCount = ByteCursor.digitCount(integer)
        pointPosition = digitCount - fractionDigits
        dropTrailingZeros()
    }

    /// Numbers with at most nine decimals and fifteen digits in all, which is most of what metrics hold.
    ///
    /// A decimal of fifteen digits or fewer names at most one Double and two such decimals never the same one.
    /// So when the division gives the number back, these are its shortest digits, found without an allocation.
    private static func short(_ magnitude: Double) -> ShortestDecimal? {
        var scale = 1.0
        for fractionDigits in stride(from: 0, through: 9, by: 3) {
            let scaled = (magnitude * scale).rounded()
            guard scaled < 1e15 else { return nil }
            if scaled / scale == magnitude {
                return ShortestDecimal(integer: UInt64(scaled), fractionDigits: fractionDigits)
            }
            scale *= 1000
        }
        return nil
    }

    /// The decimal within the interval of numbers that round to this one: the shortest, and of those the closest.
    ///
    /// R. Giulietti, "The Schubfach way to render doubles" (2021): multiply by the power of ten that leaves one or
    /// two digits too many, with odd rounding so that comparisons stay exact, then see which multiple of ten or one
    /// lies inside.
    private static func exact(_ magnitude: Double) -> ShortestDecimal {
        let fraction = magnitude.significandBitPattern
        let biased = Int(magnitude.exponentBitPattern)
        let significand = biased == 0 ? fraction : fraction | 1 << 52
        let exponent = max(biased, 1) - 1075
        // Just above a power of two the next number below is only half as far away.
        let isNarrow = fraction == 0 && biased > 1
        let scale =
            isNarrow
            ? PowersOfTen.floorLog10(ofThreeQuartersOfTwoTo: exponent) : PowersOfTen.floorLog10(ofTwoTo: exponent)
        let power = PowersOfTen.leadingBits(-scale)
        let shift = UInt64(exponent + PowersOfTen.floorLog2(-scale) + 1)
        let margin: UInt64 = significand & 1
        let lower = product(power, (4 * significand - (isNarrow ? 1 : 2)) << shift) + margin
        let value = product(power, (4 * significand) << shift)
        let upper = product(power, (4 * significand + 2) << shift) - margin
        let whole = value / 4
        if whole >= 10 {
            let tens = whole / 10
            let isBelowInside = lower <= 40 * tens
            let isAboveInside = 40 * tens + 40 <= upper
            if isBelowInside != isAboveInside {
                return ShortestDecimal(integer: tens + (isAboveInside ? 1 : 0), fractionDigits: -(scale + 1))
            }
        }
        let isBelowInside = lower <= 4 * whole
        let isAboveInside = 4 * whole + 4 <= upper
        if isBelowInside != isAboveInside {
            return ShortestDecimal(integer: whole + (isAboveInside ? 1 : 0), fractionDigits: -scale)
        }
        let middle = 4 * whole + 2
        let isRoundedUp = value > middle || value == middle && whole & 1 == 1
        return ShortestDecimal(integer: whole + (isRoundedUp ? 1 : 0), fractionDigits: -scale)
    }

    /// The upper 64 of 192 bits of the product; the last bit also stands for all that were cut off.
    @inline(__always)
    private static func product(_ power: (high: UInt64, low: UInt64), _ factor: UInt64) -> UInt64 {
        let low = power.low.multipliedFullWidth(by: factor).high
        let high = power.high.multipliedFullWidth(by: factor)
        let (middle, overflow) = high.low.addingReportingOverflow(low)
        return high.high &+ (overflow ? 1 : 0) | (middle > 1 ? 1 : 0)
    }

    private mutating func dropTrailingZeros() {
        while digits % 10 == 0 {
            digits /= 10
            digitCount -= 1
        }
    }
}
