/// A populated bucket of a native histogram; it ends at 2^(index·2^-schema), which belongs to it.
package struct NativeBucket: Sendable, Equatable {
    /// The bucket's index at the snapshot's schema.
    package var index: Int32
    /// Observations in it, not cumulative, never zero.
    package var count: UInt64
}

/// A native histogram at one moment, all shards together; reusable, so that reading many allocates nothing.
package struct NativeSnapshot: Sendable, Equatable {
    /// The resolution, -4…8; within an epoch it never rises.
    package internal(set) var schema: Int32 = 0
    /// The width of the zero bucket; within an epoch it never falls.
    package internal(set) var zeroThreshold = 0.0
    /// Observations in the zero bucket.
    package internal(set) var zeroCount: UInt64 = 0
    /// All observations: exactly the zero bucket, all others, and those that were NaN.
    package internal(set) var count: UInt64 = 0
    /// The sum of all observations; NaN as soon as one of them was.
    package internal(set) var sum = 0.0
    /// Buckets above zero, by ascending index.
    package internal(set) var positive: [NativeBucket] = []
    /// Buckets below zero, by ascending index, which is by distance from zero.
    package internal(set) var negative: [NativeBucket] = []
    /// When it was last reset, in milliseconds since 1970: the created timestamp from then on; nil for never.
    package internal(set) var resetMillis: Int64?
    /// How often it was reset.
    package internal(set) var epoch: UInt32 = 0

    /// An empty snapshot to read into.
    package init() {}

    /// Takes over what was merged, keeping the arrays' memory.
    mutating func take(_ store: NativeStore) {
        schema = Int32(ExponentialScale.finest - store.shift)
        zeroThreshold = store.threshold
        zeroCount = store.get(NativeStore.Word.zeros)
        epoch = store.epoch
        positive.removeAll(keepingCapacity: true)
        negative.removeAll(keepingCapacity: true)
        let nans = store.get(NativeStore.Word.nans)
        count = zeroCount &+ nans
        sum = nans > 0 ? .nan : Double(bitPattern: store.get(NativeStore.Word.sum))
        store.forEachEntry { key, amount in
            guard amount > 0 else { return }
            count &+= amount
            let bucket = NativeBucket(index: Int32(truncatingIfNeeded: NativeStore.index(of: key)), count: amount)
            if NativeStore.isNegative(key) {
                negative.append(bucket)
            } else {
                positive.append(bucket)
            }
        }
        NativeSnapshot.sort(&positive)
        NativeSnapshot.sort(&negative)
    }

    /// Shell's sort: the standard library's allocates, and what comes from a table is nearly sorted.
    private static func sort(_ buckets: inout [NativeBucket]) {
        var gap = buckets.count
        while gap > 1 {
            gap = max(gap * 4 / 9, 1)
            for start in gap..<buckets.count {
                let bucket = buckets[start]
                var place = start
                while place >= gap, buckets[place - gap].index > bucket.index {
                    buckets[place] = buckets[place - gap]
                    place -= gap
                }
                buckets[place] = bucket
            }
        }
    }
}
