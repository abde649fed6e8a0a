import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Exemplars of a child, in a block that is made for the first of them.
///
/// Writers try a lock and leave their exemplar out when it is taken: the next one is as good, and nobody waits.
extension CellHandle {
    /// Keeps the exemplar as the newest of a counter or of a classic bucket. The child must be live.
    @usableFromInline
    @inline(never)
    func keep(_ exemplar: Exemplar, of value: Double, at slot: Int, _ shape: UnsafePointer<ShapeDetails>) {
        write(exemplar, shape) { block, now in
            block.put(exemplar, of: value, millis: now, at: slot)
        }
    }

    /// Keeps the exemplar among those of the native histogram.
    ///
    /// There are at most ten, and they should be spread over the values: when all places are taken, one that is older
    /// than five minutes goes; else, of the two that are closest to each other on a logarithmic scale, the older one.
    @usableFromInline
    @inline(never)
    func keepNative(_ exemplar: Exemplar, of value: Double, _ shape: UnsafePointer<ShapeDetails>) {
        let first = shape.pointee.exemplarSlots - ExemplarSlot.nativeCount
        guard shape.pointee.native != nil, first >= 0, !value.isNaN else { return }
        write(exemplar, shape) { block, now in
            let slot = block.slotToReplace(by: value, at: now, first: first)
            block.put(exemplar, of: value, millis: now, at: slot)
        }
    }

    private func write(
        _ exemplar: Exemplar, _ shape: UnsafePointer<ShapeDetails>, _ body: (AuxiliaryBlock, Int64) -> Void
    ) {
        guard shape.pointee.hasExemplars else { return }
        guard exemplar.form != .refused else {
            shape.pointee.refusals.reject(.exemplarTooLong)
            return
        }
        let block = auxiliaryBlock(slots: shape.pointee.exemplarSlots)
        guard block.tryLock() else { return }
        body(block, max(shape.pointee.wallClock(), 1))
        block.unlock()
    }

    /// The child's block, made now if there is none.
    private func auxiliaryBlock(slots: Int) -> AuxiliaryBlock {
        if let block = AuxiliaryBlock(cell: base[1].load(ordering: .acquiring)) { return block }
        let block = AuxiliaryBlock.take(slots: slots)
        let (exchanged, found) = base[1].compareExchange(
            expected: 0, desired: block.address, ordering: .acquiringAndReleasing)
        guard !exchanged, let other = AuxiliaryBlock(cell: found) else { return block }
        AuxiliaryBlock.recycle(block)
        return other
    }

    /// The exemplar in a slot: of a counter 0, of a classic bucket its number, of a native histogram one of
    /// ``InstrumentShape/nativeExemplarSlots``; nil when there is none, or when it is just being replaced.
    package func exemplar(at slot: Int, _ shape: InstrumentShape) -> KeptExemplar? {
        guard shape.hasExemplars, isLive, let block = AuxiliaryBlock(cell: base[1].load(ordering: .acquiring)) else {
            return nil
        }
        var tries = 0
        while !block.tryLock() {
            tries += 1
            guard tries < 1000 else { return nil }
            sched_yield()
        }
        defer { block.unlock() }
        return block.get(slot)
    }
}
