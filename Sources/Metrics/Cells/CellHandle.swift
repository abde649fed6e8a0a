import Exposition
import Synchronization

/// Where the cells of one child are: an address, no reference, so that copying and using it counts nothing.
///
/// Hot path: every increment goes through here. The first word at `base` is the generation of the child that owns
/// the cells. When a series is removed it changes, and handles that are still around write nothing any more.
@frozen
public struct CellHandle: @unchecked Sendable {
    @usableFromInline
    let base: UnsafeMutablePointer<Atomic<UInt64>>
    @usableFromInline
    let generation: UInt32
    /// Regions of threads, which lie before `base`.
    @usableFromInline
    let threads: UInt16
    /// All regions: those of threads, of generations, of the shared shard, of owned shards.
    @usableFromInline
    let regions: UInt16

    init(base: UnsafeMutablePointer<Atomic<UInt64>>, generation: UInt32, shards: Int, threads: Int) {
        self.base = base
        self.generation = generation
        self.threads = UInt16(clamping: threads)
        regions = UInt16(clamping: threads + CellLayout.leadingRegions + shards)
    }

    /// The same cells for a later child.
    func with(generation: UInt32) -> CellHandle {
        CellHandle(
            base: base, generation: generation, shards: Int(regions) - Int(threads) - CellLayout.leadingRegions,
            threads: Int(threads))
    }

    /// A handle that never writes: its generation is not the one in the cells.
    static let inert = CellHandle(base: SlabAllocator.inertCells, generation: 1, shards: 0, threads: 0)

    /// False once the series was removed, and always for a child that was refused.
    @inlinable @inline(__always)
    var isLive: Bool {
        UInt32(truncatingIfNeeded: base.pointee.load(ordering: .relaxed)) == generation
    }

    /// True when the shard is one of this registry's owned shards or threads; everything else is shared.
    @inlinable @inline(__always)
    func isOwned(_ shard: Shard) -> Bool {
        UInt32(bitPattern: shard.region) &+ UInt32(threads) < UInt32(regions)
    }

    /// Adds to the integer cell at `index`.
    @inlinable @inline(__always)
    func add(_ amount: UInt64, at index: Int, on shard: Shard) {
        if isOwned(shard) {
            let cell = base + (Int(shard.offset) &+ index)
            cell.pointee.store(cell.pointee.load(ordering: .relaxed) &+ amount, ordering: .relaxed)
        } else {
            (base + (CellLayout.regionCells &+ index)).pointee.wrappingAdd(amount, ordering: .relaxed)
        }
    }

    /// Adds to the floating point cell at `index`.
    @inlinable @inline(__always)
    func addFloat(_ amount: Double, at index: Int, on shard: Shard) {
        if isOwned(shard) {
            let cell = base + (Int(shard.offset) &+ index)
            let sum = Double(bitPattern: cell.pointee.load(ordering: .relaxed)) + amount
            cell.pointee.store(sum.bitPattern, ordering: .relaxed)
        } else {
            addShared(amount, at: index)
        }
    }

    @inlinable
    func addShared(_ amount: Double, at index: Int) {
        let cell = base + (CellLayout.regionCells &+ index)
        var old = cell.pointee.load(ordering: .relaxed)
        while true {
            let new = (Double(bitPattern: old) + amount).bitPattern
            let (exchanged, original) = cell.pointee.weakCompareExchange(
                expected: old, desired: new, ordering: .relaxed)
            if exchanged { return }
            old = original
        }
    }

    /// Counts one in a histogram's bucket and adds to its sum.
    @inlinable @inline(__always)
    func observe(_ value: Double, bucket: Int, sum: Int, on shard: Shard) {
        if isOwned(shard) {
            let cell = base + Int(shard.offset)
            let count = cell[bucket].load(ordering: .relaxed) &+ 1
            cell[bucket].store(count, ordering: .relaxed)
            let total = Double(bitPattern: cell[sum].load(ordering: .relaxed)) + value
            cell[sum].store(total.bitPattern, ordering: .relaxed)
        } else {
            (base + (CellLayout.regionCells &+ bucket)).pointee.wrappingAdd(1, ordering: .relaxed)
            addShared(value, at: sum)
        }
    }

    /// Replaces the floating point cell of the shared shard.
    @inlinable @inline(__always)
    func setShared(_ value: Double, at index: Int) {
        (base + (CellLayout.regionCells &+ index)).pointee.store(value.bitPattern, ordering: .relaxed)
    }

    /// Raises the shared shard's first floating point cell.
    func raiseShared(to value: Double) {
        let cell = base + CellLayout.regionCells
        var old = cell.pointee.load(ordering: .relaxed)
        while value > Double(bitPattern: old) {
            let (exchanged, original) = cell.pointee.weakCompareExchange(
                expected: old, desired: value.bitPattern, ordering: .relaxed)
            if exchanged { return }
            old = original
        }
    }

    /// Sets and clears bits of the shared shard's first cell, all at once.
    func changeBits(set: UInt64, clear: UInt64) {
        let cell = base + CellLayout.regionCells
        var old = cell.pointee.load(ordering: .relaxed)
        while true {
            let (exchanged, original) = cell.pointee.weakCompareExchange(
                expected: old, desired: old & ~clear | set, ordering: .relaxed)
            if exchanged { return }
            old = original
        }
    }

    /// The integer cells at `index` of all shards, summed.
    func total(at index: Int) -> UInt64 {
        var sum: UInt64 = 0
        forEachRegion { sum &+= $0[index].load(ordering: .relaxed) }
        return sum
    }

    /// The floating point cells at `index` of all shards, summed.
    func floatTotal(at index: Int) -> Double {
        var sum = 0.0
        forEachRegion { sum += Double(bitPattern: $0[index].load(ordering: .relaxed)) }
        return sum
    }

    @inline(__always)
    func forEachRegion(_ body: (UnsafeMutablePointer<Atomic<UInt64>>) -> Void) {
        let first = -Int(threads)
        for number in first..<(first + Int(regions)) where number != 0 {
            body(base + number * CellLayout.regionCells)
        }
    }

    /// Makes the cells those of a new child: zero in all shards, or what its kind starts with.
    ///
    /// Nobody else may write them at that time, and if they were used before, it was by a child of the same shape: the
    /// blocks that they lead to are given back.
    func prepare(_ shape: InstrumentShape) {
        let details = shape.details.pointee
        let count = details.cellsPerChild
        forEachRegion { region in
            if shape.isNative,
                let store = NativeStore(cell: region[Int(shape.nativeCell)].load(ordering: .acquiring))
            {
                NativePool.recycle(store)
            }
            for index in 0..<count { region[index].store(0, ordering: .relaxed) }
        }
        if details.hasAuxiliaryWord {
            if let block = AuxiliaryBlock(cell: base[1].load(ordering: .acquiring)) { AuxiliaryBlock.recycle(block) }
            base[1].store(0, ordering: .relaxed)
        }
        if shape.isNative {
            base[2].store(0, ordering: .relaxed)
            if details.native?.resetAfterSeconds != nil {
                let block = AuxiliaryBlock.take(slots: details.exemplarSlots)
                block.startEpoch(nanos: details.clock(), wallMillis: 0)
                base[1].store(block.address, ordering: .releasing)
            }
        }
        if details.kind == .info { base[CellLayout.regionCells].store(1, ordering: .relaxed) }
    }

    /// Ends the generation: from now on no handle of the old one writes.
    func retire() -> UInt32 {
        let next = generation &+ 1
        base.pointee.store(UInt64(next), ordering: .sequentiallyConsistent)
        return next
    }
}
