#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

extension HistogramBucket {
    /// The share of the bucket's observations that lie below a value inside its finite bounds.
    ///
    /// Linear for custom bounds and the zero bucket; else exponential, as if a finer schema's buckets were filled
    /// evenly.
    public func fractionBelow(_ value: Double, linear: Bool) -> Double {
        if linear { return (value - lower) / (upper - lower) }
        let (low, high, place) = (log2(abs(lower)), log2(abs(upper)), log2(abs(value)))
        return value > 0 ? (place - low) / (high - low) : 1 - (place - high) / (low - high)
    }

    /// The value below which a share of the bucket's observations lies; the inverse of ``fractionBelow(_:linear:)``.
    public func value(atFraction fraction: Double, linear: Bool) -> Double {
        if linear { return lower + (upper - lower) * fraction }
        let (low, high) = (log2(abs(lower)), log2(abs(upper)))
        return lower > 0 ? exp2(low + (high - low) * fraction) : -exp2(high + (low - high) * (1 - fraction))
    }

    /// What the bucket's observations are taken for when they are summed: the middle, geometric unless linear.
    static func middle(_ lower: Double, _ upper: Double, linear: Bool) -> Double {
        if lower.isInfinite {
            if upper.isInfinite { return 0 }
            return upper > 0 ? upper / 2 : upper
        }
        if upper.isInfinite { return lower }
        if linear { return (lower + upper) / 2 }
        let middle = abs(lower * upper).squareRoot()
        return lower >= 0 ? middle : -middle
    }
}
