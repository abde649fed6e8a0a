import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Native histograms behind cells: each shard's cell leads to a block (``NativeStore``) of that shard.
///
/// The first word of a child holds its generation in the lower half and its epoch in the upper: a reset begins the
/// next epoch, and blocks of an older one count as empty until their owner starts them over.
extension CellHandle {
    /// Counts an observation in the shard's native histogram. The child must be live.
    ///
    /// Hot path: on an owned shard a few loads and stores, on the shared shard between taking and leaving a lock that
    /// is the lowest bit of the cell.
    @usableFromInline
    func observeNative(_ value: Double, _ shape: InstrumentShape, on shard: Shard) {
        let word = base.pointee.load(ordering: .relaxed)
        guard UInt32(truncatingIfNeeded: word) == generation else { return }
        let epoch = UInt32(truncatingIfNeeded: word >> 32)
        let scale = shape.details.pointee.scale
        if isOwned(shard) {
            let cell = base + (Int(shard.offset) &+ Int(shape.nativeCell))
            let held = cell.pointee.load(ordering: .relaxed)
            if let store = NativeStore(cell: held), store.observe(value, epoch: epoch, steps: scale) { return }
            let replaced = observeSlowly(value, shape, epoch: epoch, held: held)
            guard replaced != held else { return }
            // Two threads that wrongly own one shard lose counts here, but never share a block.
            let (exchanged, _) = cell.pointee.compareExchange(
                expected: held, desired: replaced, ordering: .acquiringAndReleasing)
            recycle(exchanged ? held : replaced)
        } else {
            let cell = base + (CellLayout.regionCells &+ Int(shape.nativeCell))
            let held = CellHandle.lock(cell)
            // Looked up again under the lock: its last holder may have been in a later epoch.
            let epoch = UInt32(truncatingIfNeeded: base.pointee.load(ordering: .relaxed) >> 32)
            if let store = NativeStore(cell: held), store.observe(value, epoch: epoch, steps: scale) {
                cell.pointee.store(held, ordering: .releasing)
                return
            }
            let replaced = observeSlowly(value, shape, epoch: epoch, held: held)
            cell.pointee.store(replaced, ordering: .releasing)
            if replaced != held { recycle(held) }
        }
    }

    /// Takes the lock of the shared shard's cell and gives what it held.
    @inline(__always)
    private static func lock(_ cell: UnsafeMutablePointer<Atomic<UInt64>>) -> UInt64 {
        let held = cell.pointee.load(ordering: .relaxed) & ~1
        let (exchanged, _) = cell.pointee.compareExchange(expected: held, desired: held | 1, ordering: .acquiring)
        return exchanged ? held : waitForLock(cell)
    }

    @inline(never)
    private static func waitForLock(_ cell: UnsafeMutablePointer<Atomic<UInt64>>) -> UInt64 {
        var tries = 0
        while true {
            let held = cell.pointee.load(ordering: .relaxed)
            if held & 1 == 0 {
                let (exchanged, _) = cell.pointee.weakCompareExchange(
                    expected: held, desired: held | 1, ordering: .acquiring)
                if exchanged { return held }
            }
            tries += 1
            if tries % 64 == 0 { sched_yield() }
        }
    }

    private func recycle(_ word: UInt64) {
        if let store = NativeStore(cell: word) { NativePool.recycle(store) }
    }

    /// Counts an observation that may change the form; the result is what the cell shall hold.
    @inline(never)
    private func observeSlowly(_ value: Double, _ shape: InstrumentShape, epoch: UInt32, held: UInt64) -> UInt64 {
        guard let options = shape.details.pointee.native else { return held }
        var builder: NativeBuilder
        if let store = NativeStore(cell: held), Int32(bitPattern: store.epoch &- epoch) >= 0 {
            builder = NativeBuilder(inUse: store)
            if store.populated >= options.maxBuckets, builder.needsBucket(for: value),
                let next = resetIfDue(shape, epoch: epoch)
            {
                builder = NativeBuilder(fresh: CellHandle.freshStore(options, epoch: next))
            }
        } else {
            builder = NativeBuilder(fresh: CellHandle.freshStore(options, epoch: epoch))
        }
        builder.observe(value, options: options)
        return builder.store.address
    }

    static func freshStore(
        _ options: NativeHistogramOptions, epoch: UInt32, capacity: Int = NativePool.smallest
    ) -> NativeStore {
        NativePool.take(
            capacity: capacity, epoch: epoch, shift: ExponentialScale.finest - options.schema,
            threshold: options.zeroThreshold)
    }

    // MARK: Resets

    /// Begins the next epoch if the family's options allow it by now, and gives its number.
    func resetIfDue(_ shape: InstrumentShape, epoch: UInt32) -> UInt32? {
        let details = shape.details.pointee
        guard let seconds = details.native?.resetAfterSeconds,
            let block = AuxiliaryBlock(cell: (base + 1).pointee.load(ordering: .acquiring))
        else { return nil }
        let now = details.clock()
        let start = block.epochStartNanos
        guard now >= start, Double(now - start) >= seconds * 1e9 else { return nil }
        let word = UInt64(epoch) << 32 | UInt64(generation)
        let next = epoch &+ 1
        let (exchanged, found) = base.pointee.compareExchange(
            expected: word, desired: UInt64(next) << 32 | UInt64(generation), ordering: .acquiringAndReleasing)
        guard exchanged else {
            // Another shard was faster, or the series is gone.
            return UInt32(truncatingIfNeeded: found) == generation ? UInt32(truncatingIfNeeded: found >> 32) : nil
        }
        block.startEpoch(nanos: now, wallMillis: details.wallClock())
        return next
    }
}
