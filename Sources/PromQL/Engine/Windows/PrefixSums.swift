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
    private var sums: [DoubleDouble] = []
    /// Whether the sums were tried, and whether they are exact.
    private(set) var isMade = false
    private(set) var isExact = false

    /// Sums up all values, unless the sums would not be exact.
    mutating func make(_ values: UnsafeBufferPointer<Double>) {
        isMade = true
        isExact = PrefixSums.areExact(values)
        if !isExact { return }
        sums = [DoubleDouble](repeating: DoubleDouble(), count: values.count + 1)
        sums.withUnsafeMutableBufferPointer { sums in
            var total = DoubleDouble()
            for place in values.indices {
                total.add(values[place])
                sums[place + 1] = total
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
}
