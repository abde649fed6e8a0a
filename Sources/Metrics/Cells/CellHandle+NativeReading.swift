import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

extension CellHandle {
    /// Reads the native histogram, all shards merged; false when the series is gone or has none.
    ///
    /// Read a histogram's classic cells before: then their total is at most this count.
    @discardableResult
    package func readNative(_ shape: InstrumentShape, into snapshot: inout NativeSnapshot) -> Bool {
        guard let options = shape.details.pointee.native else { return false }
        while true {
            let word = base.pointee.load(ordering: .acquiring)
            guard UInt32(truncatingIfNeeded: word) == generation else { return false }
            let epoch = UInt32(truncatingIfNeeded: word >> 32)
            let store = CellHandle.freshStore(options, epoch: epoch, capacity: largestCapacity(shape))
            var builder = NativeBuilder(fresh: store)
            defer { builder.discard() }
            let floor = (base + 2).pointee.load(ordering: .relaxed)
            builder.apply(NativeFloor(word: floor), options: options)
            guard merge(shape, options, into: &builder), keepFloor(of: builder.store, options, before: floor) else {
                sched_yield()
                continue
            }
            snapshot.take(builder.store)
            let auxiliary = AuxiliaryBlock(cell: (base + 1).pointee.load(ordering: .acquiring))
            let resetMillis = auxiliary?.resetMillis ?? 0
            snapshot.resetMillis = resetMillis > 0 ? resetMillis : nil
            if snapshot.schema < Int32(options.schema) || snapshot.zeroThreshold > options.zeroThreshold {
                // It has lost resolution: give that back as soon as the options allow, not only at the next limit.
                _ = resetIfDue(shape, epoch: epoch)
            }
            return true
        }
    }

    /// A number that changes when the native histogram does, good enough to see whether a series is in use.
    func nativeActivity(_ shape: InstrumentShape) -> UInt64 {
        var activity: UInt64 = 0
        forEachRegion { region in
            guard let store = NativeStore(cell: region[Int(shape.nativeCell)].load(ordering: .acquiring)) else {
                return
            }
            activity &+= store.get(NativeStore.Word.zeros) &+ store.get(NativeStore.Word.nans)
            store.forEachEntry { _, count in activity &+= count }
        }
        return activity
    }

    /// How much room the shard with the most buckets takes; the merged buckets will need as much.
    private func largestCapacity(_ shape: InstrumentShape) -> Int {
        var capacity = NativePool.smallest
        forEachRegion { region in
            let cell = region + Int(shape.nativeCell)
            if let store = NativeStore(cell: cell.pointee.load(ordering: .acquiring)) {
                capacity = max(capacity, store.capacity)
            }
        }
        return min(capacity, NativePool.largest)
    }

    /// Adds up the shards; false when one of them changed its form meanwhile, or the epoch is over.
    private func merge(
        _ shape: InstrumentShape, _ options: NativeHistogramOptions, into builder: inout NativeBuilder
    ) -> Bool {
        var isWhole = true
        forEachRegion { region in
            let cell = region + Int(shape.nativeCell)
            guard isWhole, let store = NativeStore(cell: cell.pointee.load(ordering: .acquiring)) else { return }
            let incarnation = store.words[NativeStore.Word.incarnation].load(ordering: .acquiring)
            let epoch = store.epoch
            if epoch == builder.store.epoch { builder.merge(store, options: options) }
            atomicMemoryFence(ordering: .acquiring)
            let isSame =
                cell.pointee.load(ordering: .relaxed) & ~1 == store.address
                && store.get(NativeStore.Word.incarnation) == incarnation
            isWhole = isSame && (epoch == builder.store.epoch || Int32(bitPattern: epoch &- builder.store.epoch) < 0)
        }
        return isWhole
    }

    /// Remembers the form of the merged histogram, so that no later reading of the epoch is finer; false when another
    /// reader has meanwhile remembered a coarser one.
    private func keepFloor(of store: NativeStore, _ options: NativeHistogramOptions, before: UInt64) -> Bool {
        let floor = NativeFloor(store, options: options)
        if floor.word == before { return true }
        let (exchanged, _) = (base + 2).pointee.compareExchange(
            expected: before, desired: floor.word, ordering: .relaxed)
        return exchanged
    }
}

/// The form below which the merged histogram does not go any more, in one word.
///
/// Server side a finer schema or a narrower zero bucket means that the histogram was reset, and shards that lose
/// resolution one after the other could look like that.
struct NativeFloor {
    /// From the top: 24 bits of the epoch, 8 of the shift, 32 of the threshold's index at schema 8 plus 2^21, or 0 for
    /// the threshold of the options.
    let word: UInt64

    init(word: UInt64) { self.word = word }

    init(_ store: NativeStore, options: NativeHistogramOptions) {
        var index: UInt64 = 0
        if store.threshold > options.zeroThreshold {
            index = UInt64(ExponentialScale.shared.index(of: store.threshold, shift: 0) + (1 << 21))
        }
        word = UInt64(store.epoch & 0xff_ffff) << 40 | UInt64(store.shift) << 32 | index
    }

    var epoch: UInt32 { UInt32(truncatingIfNeeded: word >> 40) }
    var shift: Int { Int(truncatingIfNeeded: word >> 32 & 0xff) }
    /// A widened threshold is a bound of schema 8, so its index stands for it.
    var threshold: Double {
        let index = Int(truncatingIfNeeded: word & 0xffff_ffff)
        return index == 0 ? 0 : ExponentialScale.shared.upperBound(of: index - (1 << 21), shift: 0)
    }
}
