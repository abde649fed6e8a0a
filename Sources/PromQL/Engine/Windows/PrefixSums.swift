/// A number as the unevaluated sum of two, with 106 bits (Dekker, Knuth).
struct DoubleDouble {
    var high = 0.0
    var low = 0.0

    mutating func add(_ value: Double, _ tail: Double = 0) {
        let sum = high + value
        let shifted = sum - high
        let error = (high - (sum - shifted)) + (value - shifted)
        let rest = low + (error + tail)
        high = sum + rest
        low = rest - (high - sum)
    }

    mutating func addSquare(_ value: Double) {
        let square = value * value
        add(square, (-square).addingProduct(value, value))
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

    private let sums: [DoubleDouble]
    private let squares: [DoubleDouble]

    /// Nil where the sums would not be exact.
    init?(_ values: UnsafeBufferPointer<Double>, withSquares: Bool) {
        guard PrefixSums.areExact(values) else { return nil }
        var total = DoubleDouble()
        var totalSquares = DoubleDouble()
        var sums: [DoubleDouble] = [total]
        var squares: [DoubleDouble] = withSquares ? [total] : []
        sums.reserveCapacity(values.count + 1)
        squares.reserveCapacity(withSquares ? values.count + 1 : 0)
        for value in values {
            total.add(value)
            sums.append(total)
            if withSquares {
                totalSquares.addSquare(value)
                squares.append(totalSquares)
            }
        }
        self.sums = sums
        self.squares = squares
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
        var spread = DoubleDouble.difference(squares[window.high], squares[window.low])
        let mean = sum.value / count
        let meanSquare = spread.value / count
        // Σ(x-m)² = Σx² - 2mΣx + nm², with the mean's own rounding kept out by the same m on both sides.
        for (factor, term) in [(-2 * mean, sum.high), (-2 * mean, sum.low), (count * mean, mean)] {
            let product = factor * term
            spread.add(product, (-product).addingProduct(factor, term))
        }
        let variance = spread.value / count
        return variance > meanSquare * 0x1p-40 ? variance : nil
    }
}
