import Locking

/// The upper bounds of a histogram family's buckets, ascending and finite; `+Inf` is understood.
///
/// Shared by all children through an address. Bounds belong to a family's declaration, of which a program has a
/// fixed number, so their few bytes stay allocated like the cells do.
@frozen
public struct BucketBounds: @unchecked Sendable {
    /// The bounds, filled up with `+Inf` to an even number; then the same in nanoseconds.
    @usableFromInline
    let bounds: UnsafePointer<Double>
    @usableFromInline
    let count: Int

    /// For the instruments that have no buckets.
    static let none = BucketBounds([])

    /// Addresses of all bounds ever made, so that they count as in use.
    private static let allocated = Locked<[UInt]>([])

    init(_ values: [Double]) {
        let padding = values.count % 2 == 0 ? [] : [Double.infinity]
        let nanos = values.map { BucketBounds.nanos($0) }
        let stored = values + padding + nanos + padding
        let memory = UnsafeMutableRawPointer.allocate(byteCount: max(stored.count, 1) * 8, alignment: 16)
        let elements = memory.bindMemory(to: Double.self, capacity: max(stored.count, 1))
        for (index, value) in stored.enumerated() { (elements + index).initialize(to: value) }
        bounds = UnsafePointer(elements)
        count = values.count
        let address = UInt(bitPattern: memory)
        BucketBounds.allocated.withLock { $0.append(address) }
    }

    /// A bound in nanoseconds, which are whole: 0.3 s is 300,000,000 ns though 0.3 is less than three tenths.
    private static func nanos(_ seconds: Double) -> Double {
        let exact = seconds * 1e9
        return (exact - exact.rounded()).magnitude < 1e-3 ? exact.rounded() : exact
    }

    /// The bucket of `value`: the first whose bound is not below it; NaN goes to `+Inf`, the last.
    @inlinable @inline(__always)
    func bucket(of value: Double) -> Int { bucket(of: value, from: 0) }

    /// The same for a duration in nanoseconds, exact at the bounds.
    @inlinable @inline(__always)
    func bucket(ofNanos nanos: Double) -> Int { bucket(of: nanos, from: (count &+ 1) & ~1) }

    @inlinable @inline(__always)
    func bucket(of value: Double, from start: Int) -> Int {
        if count > 32 { return searchedBucket(of: value, from: start) }
        // Counting the bounds that are not below instead of leaving early: no branch to mispredict. The comparison
        // gives -1 for true, and the pairs are whole because the last one is filled up with +Inf.
        let pairs = UnsafeRawPointer(bounds + start)
        let both = SIMD2(repeating: value)
        let size = (count &+ 1) & ~1
        var notBelow = SIMD2<Int64>(repeating: 0)
        var index = 0
        while index < size {
            let pair = pairs.load(fromByteOffset: index &* 8, as: SIMD2<Double>.self)
            notBelow &-= unsafeBitCast(both .<= pair, to: SIMD2<Int64>.self)
            index &+= 2
        }
        return min(size &- Int(truncatingIfNeeded: notBelow[0] &+ notBelow[1]), count)
    }

    @inlinable
    func searchedBucket(of value: Double, from start: Int) -> Int {
        var low = 0
        var high = count
        while low < high {
            let middle = (low &+ high) / 2
            if value <= bounds[start &+ middle] {
                high = middle
            } else {
                low = middle &+ 1
            }
        }
        return low
    }
}
