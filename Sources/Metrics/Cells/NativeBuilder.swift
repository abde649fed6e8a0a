/// Changes a native histogram's form in blocks of its own, until the result may take the place of what is in use.
///
/// Source of the rules: Prometheus's native histogram specification, "Limiting the bucket count": widen the zero
/// bucket if that is allowed, else halve the resolution, until the limit is kept.
struct NativeBuilder {
    /// The current state; `inUse` until the form has to change.
    private(set) var store: NativeStore
    /// The block that others may be reading.
    private let inUse: NativeStore?
    private let scale = ExponentialScale.shared

    /// Goes on from a block that is in use.
    init(inUse store: NativeStore) {
        self.store = store
        inUse = store
    }

    /// Starts with a block that nobody else knows.
    init(fresh store: NativeStore) {
        self.store = store
        inUse = nil
    }

    /// True when the result is in another block than at the beginning.
    var isReplaced: Bool { store.words != inUse?.words }

    /// The coarsest there is: schema -4.
    static let maxShift = 12

    /// Counts one observation, by whatever it takes.
    mutating func observe(_ value: Double, options: NativeHistogramOptions) {
        if value.isNaN {
            store.add(1, NativeStore.Word.nans)
            return
        }
        if value.magnitude <= store.threshold {
            store.add(1, NativeStore.Word.zeros)
        } else {
            let index = scale.index(of: value, shift: store.shift)
            count(1, in: NativeStore.key(index: index, isNegative: value < 0))
            limit(options)
        }
        store.addToSum(value)
    }

    /// True when an observation would populate another bucket.
    func needsBucket(for value: Double) -> Bool {
        guard !value.isNaN, value.magnitude > store.threshold else { return false }
        let index = scale.index(of: value, shift: store.shift)
        return !store.holds(NativeStore.key(index: index, isNegative: value < 0))
    }

    /// Counts in a bucket, in a larger block if need be.
    mutating func count(_ amount: UInt64, in key: UInt64) {
        while !store.count(amount, in: key) {
            // The largest block holds more than any limit lets be; without room an observation is lost, no more.
            guard store.capacity < NativePool.largest else { return }
            rebuild(capacity: store.capacity * 2, shift: store.shift, threshold: store.threshold)
        }
    }

    /// Keeps the limit of populated buckets, as far as schema -4 allows it.
    mutating func limit(_ options: NativeHistogramOptions) {
        while store.populated > options.maxBuckets {
            if widenZeroBucket(atMost: options.maxZeroThreshold) { continue }
            guard store.shift < NativeBuilder.maxShift else { return }
            rebuild(capacity: store.capacity, shift: store.shift + 1, threshold: store.threshold)
        }
    }

    /// Merges the bucket closest to zero, or both of them, into the zero bucket.
    private mutating func widenZeroBucket(atMost maximum: Double) -> Bool {
        guard store.threshold < maximum else { return false }
        var closest = Int.max
        store.forEachEntry { key, _ in closest = min(closest, NativeStore.index(of: key)) }
        guard closest < .max else { return false }
        let threshold = scale.upperBound(of: closest, shift: store.shift)
        guard threshold > store.threshold, threshold <= maximum else { return false }
        rebuild(capacity: store.capacity, shift: store.shift, threshold: threshold)
        return true
    }

    // MARK: Merging

    /// Takes the form of an earlier reading of the same epoch, if it is coarser.
    mutating func apply(_ floor: NativeFloor, options: NativeHistogramOptions) {
        guard floor.epoch == store.epoch & 0xff_ffff else { return }
        coarsen(to: floor.shift)
        widenZeroBucket(to: floor.threshold)
    }

    /// Makes the resolution at least as coarse as `8 - shift`.
    mutating func coarsen(to shift: Int) {
        guard shift > store.shift else { return }
        rebuild(capacity: store.capacity, shift: min(shift, NativeBuilder.maxShift), threshold: store.threshold)
    }

    /// Makes the zero bucket at least as wide as `threshold`: up to the end of a bucket that it would cut in two.
    mutating func widenZeroBucket(to threshold: Double) {
        guard threshold > store.threshold else { return }
        var end = threshold
        let (shift, scale) = (store.shift, scale)
        store.forEachEntry { key, _ in
            end = max(end, NativeBuilder.end(of: key, cutBy: threshold, shift: shift, scale: scale))
        }
        rebuild(capacity: store.capacity, shift: shift, threshold: end)
    }

    /// Where a bucket ends that holds observations on both sides of `threshold`; 0 when it does not.
    private static func end(of key: UInt64, cutBy threshold: Double, shift: Int, scale: ExponentialScale) -> Double {
        let index = NativeStore.index(of: key)
        guard scale.upperBound(of: index - 1, shift: shift) < threshold else { return 0 }
        let end = scale.upperBound(of: index, shift: shift)
        return end.isFinite ? end : 0
    }

    /// Adds what another shard counted, in the coarser form of the two, and keeps the limit.
    mutating func merge(_ other: NativeStore, options: NativeHistogramOptions) {
        let (shift, threshold) = (min(other.shift, NativeBuilder.maxShift), other.threshold)
        coarsen(to: shift)
        widenZeroBucket(to: threshold)
        for word in [NativeStore.Word.zeros, NativeStore.Word.nans] { store.add(other.get(word), word) }
        store.addToSum(Double(bitPattern: other.get(NativeStore.Word.sum)))
        other.forEachEntry { key, amount in
            let index = NativeStore.index(of: key)
            if threshold < store.threshold {
                widenZeroBucket(
                    to: NativeBuilder.end(of: key, cutBy: store.threshold, shift: shift, scale: scale))
                if scale.upperBound(of: index, shift: shift) <= store.threshold {
                    store.add(amount, NativeStore.Word.zeros)
                    return
                }
            }
            let coarse = ExponentialScale.coarsened(index, by: store.shift - shift)
            count(amount, in: NativeStore.key(index: coarse, isNegative: NativeStore.isNegative(key)))
            limit(options)
        }
    }

    // MARK: Blocks

    /// Takes all counts over into a new block of that form.
    private mutating func rebuild(capacity: Int, shift: Int, threshold: Double) {
        let old = store
        let new = NativePool.take(capacity: capacity, epoch: old.epoch, shift: shift, threshold: threshold)
        for word in [NativeStore.Word.zeros, NativeStore.Word.sum, NativeStore.Word.nans] {
            new.put(old.get(word), word)
        }
        let isWider = threshold > old.threshold
        old.forEachEntry { key, amount in
            let index = NativeStore.index(of: key)
            if isWider, scale.upperBound(of: index, shift: old.shift) <= threshold {
                new.add(amount, NativeStore.Word.zeros)
            } else {
                let coarse = ExponentialScale.coarsened(index, by: shift - old.shift)
                _ = new.count(amount, in: NativeStore.key(index: coarse, isNegative: NativeStore.isNegative(key)))
            }
        }
        discard()
        store = new
    }

    /// Gives the current block back, unless others may be reading it.
    func discard() {
        if isReplaced { NativePool.recycle(store) }
    }
}
