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
        let details = shape.pointee
        let first = details.exemplarSlots - ExemplarSlot.nativeCount
        guard details.native != nil, first >= 0, !value.isNaN else { return }
        write(exemplar, shape) { block, now in
            let slot = block.slotToReplace(by: value, at: now, first: first, count: ExemplarSlot.nativeCount)
            block.put(exemplar, of: value, millis: now, at: slot)
        }
    }

    private func write(
        _ exemplar: Exemplar, _ shape: UnsafePointer<ShapeDetails>, _ body: (AuxiliaryBlock, Int64) -> Void
    ) {
        let details = shape.pointee
        guard details.hasExemplars else { return }
        guard exemplar.form != .refused else {
            details.refusals.reject(.exemplarTooLong)
            return
        }
        let block = auxiliaryBlock(details)
        guard block.tryLock() else { return }
        body(block, max(details.wallClock(), 1))
        block.unlock()
    }

    /// The child's block, made now if there is none.
    private func auxiliaryBlock(_ details: ShapeDetails) -> AuxiliaryBlock {
        if let block = AuxiliaryBlock(cell: base[1].load(ordering: .acquiring)) { return block }
        let block = AuxiliaryBlock.take(slots: details.exemplarSlots)
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

extension AuxiliaryBlock {
    func tryLock() -> Bool {
        words[Word.lock].compareExchange(expected: 0, desired: 1, ordering: .acquiring).exchanged
    }

    func unlock() { words[Word.lock].store(0, ordering: .releasing) }

    private func slot(_ number: Int) -> UnsafeMutablePointer<Atomic<UInt64>>? {
        guard number >= 0, number < slots else { return nil }
        return words + Word.exemplars + number * ExemplarSlot.wordCount
    }

    /// Writes a slot; the lock must be held.
    func put(_ exemplar: Exemplar, of value: Double, millis: Int64, at number: Int) {
        guard let slot = slot(number) else { return }
        slot[ExemplarSlot.value].store(value.bitPattern, ordering: .relaxed)
        slot[ExemplarSlot.millis].store(UInt64(bitPattern: millis), ordering: .relaxed)
        slot[ExemplarSlot.form].store(exemplar.form.rawValue, ordering: .relaxed)
        for word in 0..<7 { slot[ExemplarSlot.labels + word].store(exemplar.labels[word], ordering: .relaxed) }
    }

    /// Reads a slot; the lock must be held.
    func get(_ number: Int) -> KeptExemplar? {
        guard let slot = slot(number) else { return nil }
        let millis = Int64(bitPattern: slot[ExemplarSlot.millis].load(ordering: .relaxed))
        guard millis != 0 else { return nil }
        return KeptExemplar(
            value: Double(bitPattern: slot[ExemplarSlot.value].load(ordering: .relaxed)), timestampMillis: millis,
            form: slot[ExemplarSlot.form].load(ordering: .relaxed),
            labels: InlineArray { slot[ExemplarSlot.labels + $0].load(ordering: .relaxed) })
    }

    /// How long an exemplar of a native histogram is worth keeping for its place on the scale.
    static let maxAgeMillis: Int64 = 300_000

    /// Which of `count` slots a new exemplar takes; the lock must be held.
    func slotToReplace(by value: Double, at now: Int64, first: Int, count: Int) -> Int {
        var oldest = (slot: first, millis: Int64.max)
        for number in first..<(first + count) {
            guard let kept = get(number) else { return number }
            if kept.timestampMillis < oldest.millis { oldest = (number, kept.timestampMillis) }
        }
        if now - oldest.millis > AuxiliaryBlock.maxAgeMillis { return oldest.slot }
        var closest = (slot: first, distance: Double.infinity)
        let place = AuxiliaryBlock.place(value)
        for number in first..<(first + count) {
            guard let kept = get(number) else { continue }
            let keptPlace = AuxiliaryBlock.place(kept.value)
            if abs(keptPlace - place) < closest.distance { closest = (number, abs(keptPlace - place)) }
            for other in (number + 1)..<max(first + count, number + 1) {
                guard let neighbour = get(other) else { continue }
                let distance = abs(AuxiliaryBlock.place(neighbour.value) - keptPlace)
                if distance < closest.distance {
                    closest = (neighbour.timestampMillis < kept.timestampMillis ? other : number, distance)
                }
            }
        }
        return closest.slot
    }

    /// Where a value lies on a logarithmic scale with zero in the middle.
    private static func place(_ value: Double) -> Double {
        let magnitude = value.magnitude
        guard magnitude > 0 else { return 0 }
        let distance = magnitude.isFinite ? log2(magnitude) + 1100 : 2200
        return value < 0 ? -distance : distance
    }
}
