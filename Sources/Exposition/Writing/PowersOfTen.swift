/// The leading 128 bits of the powers of ten that writing a `Double` needs, rounded up.
///
/// Computed exactly on first use, in less than a millisecond, instead of standing here as 617 pairs of constants.
enum PowersOfTen {
    /// 10^-292 up to 10^324: what ``ShortestDecimal`` multiplies a `Double` by.
    private static let lowest = -292
    private static let highest = 324

    /// `10^exponent = bits × 2^(floor(log2(10^exponent)) - 127)`, a little less than `bits` says unless it is exact.
    @inline(__always)
    static func leadingBits(_ exponent: Int) -> (high: UInt64, low: UInt64) {
        let index = 2 * (min(max(exponent, lowest), highest) - lowest)
        return (table[index], table[index + 1])
    }

    /// floor(log2(10^exponent)) for exponents of the table.
    @inline(__always)
    static func floorLog2(_ exponent: Int) -> Int { (exponent * 1_741_647) >> 19 }

    /// floor(log10(2^exponent)) for exponents of a `Double`.
    @inline(__always)
    static func floorLog10(ofTwoTo exponent: Int) -> Int { (exponent * 1_262_611) >> 22 }

    /// floor(log10(¾ × 2^exponent)) for exponents of a `Double`.
    @inline(__always)
    static func floorLog10(ofThreeQuartersOfTwoTo exponent: Int) -> Int { (exponent * 1_262_611 - 524_031) >> 22 }

    private static let table: [UInt64] = {
        var powers: [(high: UInt64, low: UInt64)] = []
        // Downwards: a large power of two divided by ten again and again. Rounding down each time is the same as
        // rounding down once.
        var number = [UInt64](repeating: 0, count: 24)
        number[23] = 1
        for _ in lowest..<0 {
            divideByTen(&number)
            // No negative power of ten has an end in binary.
            powers.append(adding(1, to: leadingBits(of: number)))
        }
        powers.reverse()
        number = [1]
        for exponent in 0...highest {
            if exponent > 0 { multiplyByTen(&number) }
            let top = leadingBits(of: number)
            powers.append(adding(top.isExact ? 0 : 1, to: top))
        }
        return powers.flatMap { [$0.high, $0.low] }
    }()

    /// Little-endian words.
    private static func divideByTen(_ number: inout [UInt64]) {
        var remainder: UInt64 = 0
        for index in number.indices.reversed() {
            (number[index], remainder) = UInt64(10).dividingFullWidth((remainder, number[index]))
        }
    }

    private static func multiplyByTen(_ number: inout [UInt64]) {
        var carry: UInt64 = 0
        for index in number.indices {
            let product = number[index].multipliedFullWidth(by: 10)
            let (sum, overflow) = product.low.addingReportingOverflow(carry)
            number[index] = sum
            carry = product.high + (overflow ? 1 : 0)
        }
        if carry > 0 { number.append(carry) }
    }

    private static func adding(
        _ amount: UInt64, to top: (high: UInt64, low: UInt64, isExact: Bool)
    ) -> (high: UInt64, low: UInt64) {
        let (low, overflow) = top.low.addingReportingOverflow(amount)
        return (top.high &+ (overflow ? 1 : 0), low)
    }

    /// The highest 128 bits from the first that is set, and whether all below are zero.
    private static func leadingBits(of number: [UInt64]) -> (high: UInt64, low: UInt64, isExact: Bool) {
        guard let top = number.lastIndex(where: { $0 != 0 }) else { return (0, 0, true) }
        func word(_ distance: Int) -> UInt64 { top >= distance ? number[top - distance] : 0 }
        let shift = UInt64(number[top].leadingZeroBitCount)
        func shifted(_ distance: Int) -> UInt64 {
            shift == 0 ? word(distance) : word(distance) << shift | word(distance + 1) >> (64 - shift)
        }
        let isRestZero = word(2) << shift == 0 && number[..<max(top - 2, 0)].allSatisfy { $0 == 0 }
        return (shifted(0), shifted(1), isRestZero)
    }
}
