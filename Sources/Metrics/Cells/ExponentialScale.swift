/// The buckets of exponential histograms: which one a value falls into, and where each ends.
///
/// Bucket `i` of schema `n` ends at 2^(i·2^-n), which belongs to it. All bounds of a schema are bounds of schema 8,
/// so there is one table, and a coarser index is the finest one divided by a power of two, rounded up. Bounds are the
/// correctly rounded powers of two; those in Prometheus's own table differ by up to 4 units in the last place.
///
/// Hot path: one look into a table by the top nine bits of the mantissa gives the index or the one before it, since
/// no two bounds are closer than 2^-9; a comparison decides.
struct ExponentialScale: @unchecked Sendable {
    /// The finest schema.
    static let finest = 8
    /// The index of the greatest finite number at schema 8; infinity has the next one.
    static let greatestIndex = 1024 << finest

    /// The most populated buckets at schema -4: the indices -67…65 on either side of zero.
    static let mostBuckets = 266

    /// By the top nine bits of the mantissa: the first bound at or above, as 52 bits of mantissa, then in 12 bits the
    /// number of bounds below it.
    let steps: UnsafePointer<UInt64>
    /// 2^(j/256) for j in 0..<256.
    let bounds: UnsafePointer<Double>

    /// Made once; kept by whoever is in a hurry.
    static let shared = ExponentialScale()

    private init() {
        let bounds = UnsafeMutablePointer<Double>.allocate(capacity: 256)
        for number in 0..<256 { (bounds + number).initialize(to: ExponentialScale.power(number)) }
        let steps = UnsafeMutablePointer<UInt64>.allocate(capacity: 512)
        var below = 0
        for top in 0..<512 {
            while below < 256, bounds[below] < 1 + Double(top) / 512 { below += 1 }
            let mantissa = below < 256 ? bounds[below].bitPattern << 12 : UInt64.max << 12
            (steps + top).initialize(to: mantissa | UInt64(below))
        }
        self.bounds = UnsafePointer(bounds)
        self.steps = UnsafePointer(steps)
    }

    /// The index at schema 8 of a normal, finite, positive number, given by its bits.
    @inline(__always)
    func finestIndex(ofNormal bits: UInt64) -> Int {
        let mantissa = bits << 12
        let step = steps[Int(truncatingIfNeeded: mantissa >> 55)]
        let isAbove = mantissa > step | 0xfff ? 1 : 0
        return (Int(truncatingIfNeeded: bits >> 52) &- 1023) << 8 &+ Int(truncatingIfNeeded: step & 0xfff) &+ isAbove
    }

    /// The index at `8 - shift` of a number that is neither zero nor NaN; the sign does not matter.
    func index(of value: Double, shift: Int) -> Int {
        let magnitude = value.magnitude
        if magnitude == .infinity {
            return ExponentialScale.coarsened(ExponentialScale.greatestIndex, by: shift) + 1
        }
        if magnitude.isNormal {
            return ExponentialScale.coarsened(finestIndex(ofNormal: magnitude.bitPattern), by: shift)
        }
        let scaled = finestIndex(ofNormal: (magnitude * 0x1p60).bitPattern) - (60 << 8)
        return ExponentialScale.coarsened(scaled, by: shift)
    }

    /// The index of the bucket, `shift` schemas coarser, that holds the one with this index.
    @inline(__always)
    static func coarsened(_ index: Int, by shift: Int) -> Int {
        (index &+ (1 &<< shift) &- 1) &>> shift
    }

    /// Where a bucket of schema `8 - shift` ends: of the last finite one the greatest number, then infinity.
    func upperBound(of index: Int, shift: Int) -> Double {
        let finest = index << shift
        if finest == ExponentialScale.greatestIndex { return .greatestFiniteMagnitude }
        if finest > ExponentialScale.greatestIndex { return .infinity }
        return Double(sign: .plus, exponent: finest >> 8, significand: bounds[finest & 255])
    }

    /// 2^(number/256), correctly rounded: the product of roots of two, in twice the precision.
    private static func power(_ number: Int) -> Double {
        var root = PairedDouble(high: 2, low: 0)
        var product = PairedDouble(high: 1, low: 0)
        for bit in stride(from: 7, through: 0, by: -1) {
            root = root.squareRoot()
            if number >> bit & 1 == 1 { product = product.times(root) }
        }
        return product.high
    }
}

/// The sum of two numbers, the lower one less than half a unit in the last place of the higher one.
private struct PairedDouble {
    let high: Double
    let low: Double

    init(high: Double, low: Double) {
        self.high = high + low
        self.low = low - (self.high - high)
    }

    func times(_ other: PairedDouble) -> PairedDouble {
        let product = high * other.high
        let rest = (-product).addingProduct(high, other.high)
        return PairedDouble(high: product, low: rest + (high * other.low + low * other.high))
    }

    func squareRoot() -> PairedDouble {
        let root = high.squareRoot()
        let rest = high.addingProduct(-root, root) + low
        return PairedDouble(high: root, low: rest / (2 * root))
    }
}
