/// A number as the unevaluated sum of two, with 106 bits (Dekker, Knuth).
struct DoubleDouble {
    var high = 0.0
    var low = 0.0

    @inline(__always)
    mutating func add(_ value: Double, _ tail: Double = 0) {
        let sum = high + value
        let shifted = sum - high
        let error = (high - (sum - shifted)) + (value - shifted)
        let rest = low + (error + tail)
        high = sum + rest
        low = rest - (high - sum)
    }

    /// A product and what its rounding lost. Dekker's way, because a fused multiplication is a call of a function where
    /// the processor isn't known to have it.
    @inline(__always)
    static func product(_ left: Double, _ right: Double) -> DoubleDouble {
        let product = left * right
        let (leftHigh, leftLow) = halves(left)
        let (rightHigh, rightLow) = halves(right)
        let rest = leftHigh * rightHigh - product + (leftHigh * rightLow + leftLow * rightHigh) + leftLow * rightLow
        return DoubleDouble(high: product, low: rest)
    }

    /// A number as the sum of two with half of its digits each (Veltkamp).
    @inline(__always)
    private static func halves(_ value: Double) -> (high: Double, low: Double) {
        let scaled = value * 134_217_729
        let high = scaled - (scaled - value)
        return (high, value - high)
    }

    /// The difference, rounded once.
    static func difference(_ left: DoubleDouble, _ right: DoubleDouble) -> DoubleDouble {
        var out = left
        out.add(-right.high, -right.low)
        return out
    }

    var value: Double { high + low }
}

/// Sums of a series up to each sample, from which any window's sum is one subtraction.
///
/// They are exact where all values are finite and their magnitudes times their number span less than 2^50: every
/// partial sum is then a multiple of the smallest value's last place and fits into 106 bits. A window computed this
/// way is the correctly rounded sum, whatever came before it, so range and instant queries agree to the last bit.
struct PrefixSums {
    /// Windows shorter than this are summed in Prometheus's order and way, to equal its last bit.
    static let shortestWindow = 128

    private var sums: [DoubleDouble] = []
    private var squares: [DoubleDouble] = []
    /// Whether the sums were tried, and whether they are exact.
    private(set) var isMade = false
    private(set) var isExact = false

    /// Sums up all values, unless the sums would not be exact.
    mutating func make(_ values: UnsafeBufferPointer<Double>, withSquares: Bool) {
        isMade = true
        isExact = PrefixSums.areExact(values)
        if !isExact { return }
        sums = [DoubleDouble](repeating: DoubleDouble(), count: values.count + 1)
        if withSquares { squares = sums }
        sums.withUnsafeMutableBufferPointer { sums in
            squares.withUnsafeMutableBufferPointer { squares in
                var (total, totalSquares) = (DoubleDouble(), DoubleDouble())
                for place in values.indices {
                    total.add(values[place])
                    sums[place + 1] = total
                    if !withSquares { continue }
                    let square = DoubleDouble.product(values[place], values[place])
                    totalSquares.add(square.high, square.low)
                    squares[place + 1] = totalSquares
                }
            }
        }
    }

    static func areExact(_ values: UnsafeBufferPointer<Double>) -> Bool {
        var largest = 0.0
        var smallest = Double.infinity
        for value in values {
            let magnitude = abs(value)
            if !(magnitude <= 1e250) { return false }
            largest = max(largest, magnitude)
            if magnitude > 0 { smallest = min(smallest, magnitude) }
        }
        return largest == 0 || Double(values.count) * (largest / smallest) < 0x1p50
    }

    func sum(_ window: Window) -> Double {
        DoubleDouble.difference(sums[window.high], sums[window.low]).value
    }

    /// The population variance; nil where it is so small beside the values that digits would be lost.
    func variance(_ window: Window) -> Double? {
        let count = Double(window.count)
        let sum = DoubleDouble.difference(sums[window.high], sums[window.low])
        let square = DoubleDouble.difference(squares[window.high], squares[window.low])
        // n²σ² = nΣx² - (Σx)²: two exact products, and one division at the end.
        var spread = DoubleDouble.product(count, square.high)
        spread.low += count * square.low
        let whole = spread.high
        let product = DoubleDouble.product(sum.high, sum.high)
        spread.add(-product.high, -(product.low + 2 * sum.high * sum.low))
        return spread.value > whole * 0x1p-40 ? spread.value / (count * count) : nil
    }
}
