import Synchronization

/// The upper bounds of a histogram family's buckets, ascending and finite; `+Inf` is understood.
///
/// Shared by all children through an address. Bounds belong to a family's declaration, of which a program has a
/// fixed number, so their few bytes stay allocated like the cells do.
@frozen
public struct BucketBounds: @unchecked Sendable {
    @usableFromInline
    let bounds: UnsafePointer<Double>
    @usableFromInline
    let count: Int

    /// For the instruments that have no buckets.
    static let none = BucketBounds([])

    /// Addresses of all bounds ever made, so that they count as in use.
    private static let allocated = Mutex<[UInt]>([])

    init(_ values: [Double]) {
        let memory = UnsafeMutablePointer<Double>.allocate(capacity: max(values.count, 1))
        for (index, value) in values.enumerated() { memory[index] = value }
        bounds = UnsafePointer(memory)
        count = values.count
        let address = UInt(bitPattern: memory)
        BucketBounds.allocated.withLock { $0.append(address) }
    }

    /// The bounds as an array.
    var values: [Double] { Array(UnsafeBufferPointer(start: bounds, count: count)) }

    /// The bucket of `value`: the first whose bound is not below it; NaN goes to `+Inf`, the last.
    @inlinable @inline(__always)
    func bucket(of value: Double) -> Int {
        if count > 32 { return searchedBucket(of: value) }
        var index = 0
        for position in 0..<count {
            // Counting instead of leaving early: no branch to mispredict.
            index &+= value <= bounds[position] ? 0 : 1
        }
        return index
    }

    @inlinable
    func searchedBucket(of value: Double) -> Int {
        var low = 0
        var high = count
        while low < high {
            let middle = (low &+ high) / 2
            if value <= bounds[middle] {
                high = middle
            } else {
                low = middle &+ 1
            }
        }
        return low
    }
}
