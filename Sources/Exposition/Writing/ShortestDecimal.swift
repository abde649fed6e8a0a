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
            self.init(description: magnitude.description)
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

    /// Reads what Swift prints: always the shortest digits, with point or exponent.
    private init(description: String) {
        var value: UInt64 = 0
        var fractionDigits = 0
        var seenPoint = false
        var exponent = 0
        var bytes = description.utf8.makeIterator()
        scan: while let byte = bytes.next() {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                value = value &* 10 &+ UInt64(byte &- UInt8(ascii: "0"))
                if seenPoint { fractionDigits += 1 }
            case UInt8(ascii: "."):
                seenPoint = true
            default:
                exponent = ShortestDecimal.exponent(&bytes)
                break scan
            }
        }
        self.init(integer: value, fractionDigits: fractionDigits)
        pointPosition += exponent
    }

    private static func exponent(_ bytes: inout String.UTF8View.Iterator) -> Int {
        var magnitude = 0
        var isNegative = false
        while let byte = bytes.next() {
            switch byte {
            case UInt8(ascii: "-"): isNegative = true
            case UInt8(ascii: "0")...UInt8(ascii: "9"): magnitude = magnitude &* 10 &+ Int(byte &- UInt8(ascii: "0"))
            default: break
            }
        }
        return isNegative ? -magnitude : magnitude
    }

    private mutating func dropTrailingZeros() {
        while digits % 10 == 0 {
            digits /= 10
            digitCount -= 1
        }
    }
}
