/// Reads numbers as the text formats allow them: decimal, with exponent, infinite or NaN; no hexadecimal, no `_`.
enum NumberText {
    /// What a token is.
    enum Shape {
        /// Digits with optional sign, point and exponent.
        case real
        /// Infinity or NaN, in any case of letters.
        case special
    }

    /// Powers of ten that a Double holds exactly.
    static let exactPowers: [Double] = [
        1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19,
        1e20, 1e21, 1e22,
    ]

    /// The number, or nil when the token is none.
    @inline(__always)
    static func parse(_ token: UnsafeBufferPointer<UInt8>) -> (value: Double, shape: Shape)? {
        // Most numbers are counts of a few digits.
        if token.count <= 15, token.count > 0 {
            var digits: UInt64 = 0
            for index in 0..<token.count {
                let digit = token[index] &- UInt8(ascii: "0")
                guard digit <= 9 else { return parseAny(token) }
                digits = digits &* 10 &+ UInt64(digit)
            }
            return (Double(digits), .real)
        }
        return parseAny(token)
    }

    private static func parseAny(_ token: UnsafeBufferPointer<UInt8>) -> (value: Double, shape: Shape)? {
        var position = 0
        var isNegative = false
        if let first = token.first, first == UInt8(ascii: "-") || first == UInt8(ascii: "+") {
            isNegative = first == UInt8(ascii: "-")
            position = 1
        }
        guard position < token.count else { return nil }
        guard token[position] < UInt8(ascii: "A") else {
            return special(token, from: position).map { (isNegative ? -$0 : $0, .special) }
        }
        guard let decimal = decimal(token, from: position) else { return nil }
        let magnitude = decimal.value ?? rounded(token)
        return magnitude.map { (isNegative ? -$0 : $0, .real) }
    }

    private struct Decimal {
        var digits: UInt64 = 0
        var digitCount = 0
        var seenDigits = 0
        var exponent = 0

        /// `digits × 10^exponent` correctly rounded, or nil where this needs more than 128 bits.
        var value: Double? {
            guard digitCount <= 19, exponent.magnitude <= 27 else { return nil }
            if digits < 1 << 53, exponent.magnitude <= 22 {
                // One correctly rounded operation on two exact numbers gives the correctly rounded result.
                let power = NumberText.exactPowers[Int(exponent.magnitude)]
                return exponent < 0 ? Double(digits) / power : Double(digits) * power
            }
            return exponent < 0 ? quotient : product
        }

        /// 5^27 is the last power of five below 2^64.
        private var powerOfFive: UInt64 {
            var power: UInt64 = 1
            for _ in 0..<exponent.magnitude { power &*= 5 }
            return power
        }

        /// A quotient of at least 62 bits whose lowest one says whether there is a remainder rounds as the exact one.
        private var quotient: Double {
            let divisor = powerOfFive
            let (up, down) = (digits.leadingZeroBitCount, divisor.leadingZeroBitCount)
            let dividend = digits << UInt64(up)
            let (quotient, remainder) = (divisor << UInt64(down)).dividingFullWidth((dividend >> 1, dividend << 63))
            return scaled(quotient | (remainder == 0 ? 0 : 1), by: down - up - 63 + exponent)
        }

        /// The same with the upper 64 bits of a product.
        private var product: Double {
            let (high, low) = digits.multipliedFullWidth(by: powerOfFive)
            guard high != 0 else { return scaled(low, by: exponent) }
            let shift = high.leadingZeroBitCount
            let top = high << UInt64(shift) | (shift == 0 ? 0 : low >> UInt64(64 - shift))
            return scaled(top | (low << UInt64(shift) == 0 ? 0 : 1), by: 64 - shift + exponent)
        }

        /// `bits × 2^exponent`, far from both ends of what a Double holds.
        private func scaled(_ bits: UInt64, by exponent: Int) -> Double {
            Double(bits) * Double(sign: .plus, exponent: exponent, significand: 1)
        }
    }

    /// For many digits or large exponents; nil beyond the range of a Double, as in Go.
    private static func rounded(_ token: UnsafeBufferPointer<UInt8>) -> Double? {
        guard let value = Double(String(decoding: token, as: UTF8.self)), value.isFinite else { return nil }
        return value.magnitude
    }

    private static func decimal(_ token: UnsafeBufferPointer<UInt8>, from start: Int) -> Decimal? {
        var decimal = Decimal()
        var position = start
        var seenPoint = false
        scan: while position < token.count {
            let byte = token[position]
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                decimal.seenDigits &+= 1
                if decimal.digitCount > 0 || byte != UInt8(ascii: "0") { decimal.digitCount &+= 1 }
                if decimal.digitCount <= 19 {
                    decimal.digits = decimal.digits &* 10 &+ UInt64(byte &- UInt8(ascii: "0"))
                    if seenPoint { decimal.exponent &-= 1 }
                }
            case UInt8(ascii: ".") where !seenPoint:
                seenPoint = true
            case UInt8(ascii: "e"), UInt8(ascii: "E"):
                guard decimal.seenDigits > 0, let exponent = exponent(token, from: position + 1) else { return nil }
                decimal.exponent += exponent
                break scan
            default:
                return nil
            }
            position &+= 1
        }
        return decimal.seenDigits > 0 ? decimal : nil
    }

    /// The exponent, clamped: nothing beyond a thousand makes a difference.
    private static func exponent(_ token: UnsafeBufferPointer<UInt8>, from start: Int) -> Int? {
        var position = start
        var isNegative = false
        if position < token.count, token[position] == UInt8(ascii: "-") || token[position] == UInt8(ascii: "+") {
            isNegative = token[position] == UInt8(ascii: "-")
            position += 1
        }
        guard position < token.count else { return nil }
        var magnitude = 0
        while position < token.count {
            let byte = token[position]
            guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { return nil }
            magnitude = min(magnitude * 10 + Int(byte &- UInt8(ascii: "0")), 10_000)
            position += 1
        }
        return isNegative ? -magnitude : magnitude
    }

    private static func special(_ token: UnsafeBufferPointer<UInt8>, from start: Int) -> Double? {
        let word = token[start...].map { $0 | 0x20 }
        if word == Array("inf".utf8) || word == Array("infinity".utf8) { return .infinity }
        return start == 0 && word == Array("nan".utf8) ? .nan : nil
    }
}
