/// Two histograms that no operation can bring together: one has bounds of its own, the other a standard schema.
public struct IncompatibleHistograms: Error, Equatable, CustomStringConvertible {
    /// Makes the error.
    public init() {}

    /// What is wrong.
    public var description: String {
        "cannot apply this operation on histograms with a mix of exponential and custom bucket schemas"
    }
}

extension FloatHistogram {
    /// Merges buckets until the schema is the given, lower one.
    public mutating func reduceResolution(to lower: Int32) {
        if usesCustomBounds || lower >= schema || !FloatHistogram.standardSchemas.contains(lower) { return }
        let shift = Int(schema) - Int(lower)
        positive = FloatHistogram.merged(positive) { (($0 - 1) >> shift) + 1 }
        negative = FloatHistogram.merged(negative) { (($0 - 1) >> shift) + 1 }
        schema = lower
    }

    /// Removes buckets that count nothing.
    public mutating func compact() {
        if positive.contains(where: { $0.count == 0 }) { positive.removeAll { $0.count == 0 } }
        if negative.contains(where: { $0.count == 0 }) { negative.removeAll { $0.count == 0 } }
    }

    /// Without buckets that count nothing.
    public var compacted: FloatHistogram {
        var copy = self
        copy.compact()
        return copy
    }

    /// Adds up buckets whose new index is equal; `target` must not descend.
    private static func merged(_ buckets: [IndexedCount], _ target: (Int) -> Int) -> [IndexedCount] {
        var out: [IndexedCount] = []
        out.reserveCapacity(buckets.count)
        for bucket in buckets {
            let index = Int32(clamping: target(Int(bucket.index)))
            if let last = out.last, last.index == index {
                out[out.count - 1].count += bucket.count
            } else {
                out.append(IndexedCount(index: index, count: bucket.count))
            }
        }
        return out
    }

    // MARK: The zero bucket

    /// The smallest threshold from the given one on that cuts no populated bucket in two.
    func threshold(covering wanted: Double) -> Double {
        var threshold = wanted
        var before: Double
        repeat {
            before = threshold
            for buckets in [positive, negative] {
                for bucket in buckets {
                    let lower = FloatHistogram.upperBound(Int(bucket.index) - 1, schema: schema)
                    if lower >= threshold { break }
                    let upper = FloatHistogram.upperBound(Int(bucket.index), schema: schema)
                    if upper > threshold, bucket.count != 0 { threshold = upper }
                }
            }
        } while threshold > before
        return threshold
    }

    /// Moves the buckets below a threshold, which cuts no populated bucket, into the zero bucket.
    mutating func widenZeroBucket(to threshold: Double) {
        if threshold <= zeroThreshold { return }
        func take(_ buckets: inout [IndexedCount], _ zeroCount: inout Double) {
            var inside = 0
            while inside < buckets.count,
                FloatHistogram.upperBound(Int(buckets[inside].index) - 1, schema: schema) < threshold
            {
                zeroCount += buckets[inside].count
                inside += 1
            }
            if inside > 0 { buckets.removeFirst(inside) }
        }
        take(&positive, &zeroCount)
        take(&negative, &zeroCount)
        zeroThreshold = threshold
    }

    // MARK: Custom bounds

    /// Maps the buckets to bounds that are a part of its own.
    mutating func coarsen(to bounds: [Double]) {
        if bounds == customBounds { return }
        let old = customBounds
        positive = FloatHistogram.merged(positive) { index in
            if index >= old.count { return bounds.count }
            return FloatHistogram.firstPlace(in: bounds, atLeast: old[max(0, index)])
        }
        customBounds = bounds
    }

    private static func firstPlace(in bounds: [Double], atLeast value: Double) -> Int {
        var low = 0
        var high = bounds.count
        while low < high {
            let middle = (low + high) / 2
            if bounds[middle] < value { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// The bounds that both lists have.
    static func commonBounds(_ left: [Double], _ right: [Double]) -> [Double] {
        var out: [Double] = []
        var place = 0
        for bound in left {
            while place < right.count, right[place] < bound { place += 1 }
            if place == right.count { break }
            if right[place] == bound { out.append(bound) }
        }
        return out
    }

    // MARK: One layout for two

    /// Brings two histograms to the finest layout that both can have: zero threshold, schema, bounds.
    ///
    /// - Returns: whether custom bounds had to be given up.
    /// - Throws: ``IncompatibleHistograms`` when only one has bounds of its own.
    static func align(
        _ left: inout FloatHistogram, _ right: inout FloatHistogram
    ) throws(IncompatibleHistograms) -> Bool {
        if left.usesCustomBounds != right.usesCustomBounds { throw IncompatibleHistograms() }
        if left.usesCustomBounds {
            if left.customBounds == right.customBounds { return false }
            let bounds = commonBounds(left.customBounds, right.customBounds)
            left.coarsen(to: bounds)
            right.coarsen(to: bounds)
            return true
        }
        if left.zeroThreshold != right.zeroThreshold {
            var threshold = max(left.zeroThreshold, right.zeroThreshold)
            var before: Double
            repeat {
                before = threshold
                threshold = right.threshold(covering: left.threshold(covering: threshold))
            } while threshold > before
            left.widenZeroBucket(to: threshold)
            right.widenZeroBucket(to: threshold)
        }
        left.reduceResolution(to: right.schema)
        right.reduceResolution(to: left.schema)
        return false
    }
}
