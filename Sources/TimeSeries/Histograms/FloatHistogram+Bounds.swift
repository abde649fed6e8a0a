#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

extension FloatHistogram {
    /// Upper bound of a bucket of positive observations; of the lowest custom bucket's predecessor −Inf.
    public func upperBound(_ index: Int32) -> Double {
        if !usesCustomBounds { return FloatHistogram.upperBound(Int(index), schema: schema) }
        if index < 0 { return -.infinity }
        return Int(index) < customBounds.count ? customBounds[Int(index)] : .infinity
    }

    /// Upper bound of a bucket of a standard schema.
    ///
    /// The bucket that the largest finite number falls into ends there, so that infinity has a bucket of its own.
    public static func upperBound(_ index: Int, schema: Int32) -> Double {
        let exponent: Int
        var fraction = 1.0
        if schema <= 0 {
            // More than enough for any double, so that the product can't overflow.
            exponent = max(-4096, min(4096, index)) << Int(-max(schema, -8))
        } else {
            let shift = Int(min(schema, 8))
            exponent = index >> shift
            fraction = fractions[shift][index & ((1 << shift) - 1)]
        }
        if exponent == 1024, fraction == 1 { return .greatestFiniteMagnitude }
        return scalbn(fraction, Int32(clamping: exponent))
    }

    /// For each schema the bounds between 1 and 2.
    ///
    /// They are computed as Prometheus's table was, to the last bit: every second bound is the coarser schema's, and
    /// the others are the bound before times 2^(2^−schema). Its first factor is one place below √2.
    private static let fractions: [[Double]] = {
        var tables: [[Double]] = [[1]]
        for schema in 1...8 {
            let factor = schema == 1 ? (2.0).squareRoot().nextDown : exp2(exp2(Double(-schema)))
            let coarser = tables[schema - 1]
            tables.append(coarser.flatMap { [$0, $0 * factor] })
        }
        return tables
    }()
}

/// A bucket of a native histogram with its bounds.
public struct HistogramBucket: Sendable, Equatable {
    /// The lower bound.
    public var lower: Double
    /// The upper bound.
    public var upper: Double
    /// Its observations.
    public var count: Double
    /// Whether the lower bound belongs to it.
    public var includesLower: Bool
    /// Whether the upper bound belongs to it.
    public var includesUpper: Bool
}

extension FloatHistogram {
    /// How many buckets there are, from the most negative over the zero bucket (if populated) to the largest.
    public var bucketCount: Int { negative.count + (zeroCount > 0 ? 1 : 0) + positive.count }

    /// What the bucket at a position of that order counts; costs no computation of bounds.
    public func count(at position: Int) -> Double {
        switch place(of: position) {
        case .negative(let place): negative[place].count
        case .zero: zeroCount
        case .positive(let place): positive[place].count
        }
    }

    /// The bucket at a position of that order.
    ///
    /// - Parameter clipsToZeroBucket: whether a bucket that overlaps the zero bucket begins at its border.
    public func bucket(at position: Int, clipsToZeroBucket: Bool = true) -> HistogramBucket {
        switch place(of: position) {
        case .zero:
            return HistogramBucket(
                lower: -zeroThreshold, upper: zeroThreshold, count: zeroCount, includesLower: true,
                includesUpper: true)
        case .positive(let place):
            var bucket = positiveBucket(place)
            if clipsToZeroBucket, bucket.lower > 0, bucket.lower < zeroThreshold { bucket.lower = zeroThreshold }
            return bucket
        case .negative(let place):
            var bucket = negativeBucket(place)
            if clipsToZeroBucket, bucket.upper < 0, bucket.upper > -zeroThreshold { bucket.upper = -zeroThreshold }
            return bucket
        }
    }

    func positiveBucket(_ place: Int) -> HistogramBucket {
        let bucket = positive[place]
        let lower = bucket.index == .min ? 0 : upperBound(bucket.index - 1)
        return HistogramBucket(
            lower: lower, upper: upperBound(bucket.index), count: bucket.count,
            includesLower: usesCustomBounds && bucket.index == 0, includesUpper: true)
    }

    func negativeBucket(_ place: Int) -> HistogramBucket {
        let bucket = negative[place]
        let upper = bucket.index == .min ? 0 : -upperBound(bucket.index - 1)
        return HistogramBucket(
            lower: -upperBound(bucket.index), upper: upper, count: bucket.count, includesLower: true,
            includesUpper: false)
    }

    private enum Place {
        case negative(Int)
        case zero
        case positive(Int)
    }

    private func place(of position: Int) -> Place {
        if position < negative.count { return .negative(negative.count - 1 - position) }
        let above = position - negative.count
        if zeroCount > 0 { return above == 0 ? .zero : .positive(above - 1) }
        return .positive(above)
    }
}
