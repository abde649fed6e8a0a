import Synchronization

/// From the hash of a label set to the place of its record: open addressing with linear probing over atomic words.
///
/// Readers take no lock. An entry is published by a releasing store and read by an acquiring load, so whoever sees it
/// sees the whole record. Everything that changes entries happens under the lock of the ``SeriesTable``. A grown index
/// leaves the old one allocated for readers that are still in it; together the old ones are not larger than the new one.
///
/// An entry holds the upper half of the hash beside the place. A slot number is made of the uppermost bits, which the
/// entry has: growing and closing gaps look at no record, and growing goes through memory in order.
struct SeriesIndex: ~Copyable, @unchecked Sendable {
    private typealias Word = Atomic<UInt64>

    /// Words before the entries: the shift that makes a position of a hash; the rest keeps entries in whole cache lines.
    private static let headerWords = 8
    private static let smallestBits: UInt64 = 4

    /// The memory in use: header, then entries.
    private let current: Atomic<UnsafeMutablePointer<Atomic<UInt64>>>
    /// Odd while entries change, and different afterwards: a reader that found nothing and saw no change knows that
    /// there was nothing.
    private let changes = Atomic<UInt64>(0)
    /// All memory ever used, for the end; changed under the table's lock.
    private let allocated: UnsafeMutablePointer<[UnsafeMutablePointer<Atomic<UInt64>>]>

    init() {
        let memory = SeriesIndex.allocate(bits: SeriesIndex.smallestBits)
        current = Atomic(memory)
        allocated = .allocate(capacity: 1)
        allocated.initialize(to: [memory])
    }

    deinit {
        for memory in allocated.pointee { memory.deallocate() }
        allocated.deinitialize(count: 1)
        allocated.deallocate()
    }

    private static func allocate(bits: UInt64) -> UnsafeMutablePointer<Atomic<UInt64>> {
        let words = headerWords + 1 << Int(bits)
        let raw = LargeMemory.allocate(byteCount: words * 8, alignment: 64)
        let memory = raw.bindMemory(to: Word.self, capacity: words)
        for position in 0..<words { (memory + position).initialize(to: Atomic(0)) }
        memory[0].store(64 - bits, ordering: .relaxed)
        return memory
    }

    /// Grows by two with each change; any thread.
    var version: UInt64 { changes.load(ordering: .relaxed) }

    /// A number that is the same as long as nothing changes, or nil while something does.
    @inline(__always)
    var stableVersion: UInt64? {
        let version = changes.load(ordering: .acquiring)
        return version & 1 == 0 ? version : nil
    }

    /// True when nothing changed since ``stableVersion`` gave `version`.
    @inline(__always)
    func isStill(_ version: UInt64) -> Bool { changes.load(ordering: .acquiring) == version }

    /// The place whose record `matches`, if there is one with this hash; any thread.
    ///
    /// May miss an entry that is being moved. `matches` reads a record that rests for a minute after its removal; a
    /// thread that was held up longer is found out by looking at the entry again.
    @inline(__always)
    func find(_ hash: UInt64, matches: (UInt32) -> Bool) -> UInt32? {
        let memory = current.load(ordering: .acquiring)
        let shift = memory[0].load(ordering: .relaxed)
        let mask = UInt64.max >> shift
        let entries = memory + SeriesIndex.headerWords
        var position = hash >> shift
        for _ in 0...mask {
            let word = entries[Int(truncatingIfNeeded: position)].load(ordering: .acquiring)
            if word == 0 { return nil }
            let place = UInt32(truncatingIfNeeded: word)
            if word >> 32 == hash >> 32, matches(place) {
                atomicMemoryFence(ordering: .acquiring)
                let again = entries[Int(truncatingIfNeeded: position)].load(ordering: .relaxed)
                return again == word ? place : nil
            }
            position = (position &+ 1) & mask
        }
        return nil
    }

    /// Adds an entry; `count` is the number of entries before. Under the lock.
    func insert(_ hash: UInt64, place: UInt32, count: Int) {
        var memory = current.load(ordering: .relaxed)
        let capacity = SeriesIndex.capacity(of: memory)
        if (count + 1) * 4 > capacity * 3 { memory = grow(memory) }
        beginChange()
        SeriesIndex.put(SeriesIndex.entry(hash, place), into: memory)
        endChange()
    }

    /// Takes the entry of `place` out and moves later ones back, so that probing needs no tombstones. Under the lock.
    func remove(_ hash: UInt64, place: UInt32) {
        let memory = current.load(ordering: .relaxed)
        let shift = memory[0].load(ordering: .relaxed)
        let mask = UInt64.max >> shift
        let entries = memory + SeriesIndex.headerWords
        let wanted = SeriesIndex.entry(hash, place)
        var position = hash >> shift
        for _ in 0...mask {
            let word = entries[Int(position)].load(ordering: .relaxed)
            if word == 0 { return }
            if word == wanted {
                beginChange()
                SeriesIndex.closeGap(at: position, in: entries, shift: shift, mask: mask)
                endChange()
                return
            }
            position = (position &+ 1) & mask
        }
    }

    private static func entry(_ hash: UInt64, _ place: UInt32) -> UInt64 { hash & ~0xffff_ffff | UInt64(place) }

    private func beginChange() {
        changes.store(changes.load(ordering: .relaxed) &+ 1, ordering: .relaxed)
        atomicMemoryFence(ordering: .releasing)
    }

    private func endChange() {
        changes.store(changes.load(ordering: .relaxed) &+ 1, ordering: .releasing)
    }

    private static func closeGap(at gap: UInt64, in entries: UnsafeMutablePointer<Word>, shift: UInt64, mask: UInt64) {
        var hole = gap
        var position = (gap &+ 1) & mask
        while true {
            let word = entries[Int(position)].load(ordering: .relaxed)
            if word == 0 { break }
            let distance = (position &- word >> shift) & mask
            if distance >= (position &- hole) & mask {
                entries[Int(hole)].store(word, ordering: .releasing)
                hole = position
            }
            position = (position &+ 1) & mask
        }
        entries[Int(hole)].store(0, ordering: .releasing)
    }

    private static func capacity(of memory: UnsafeMutablePointer<Word>) -> Int {
        Int(UInt64.max >> memory[0].load(ordering: .relaxed)) + 1
    }

    private static func put(_ word: UInt64, into memory: UnsafeMutablePointer<Word>) {
        let shift = memory[0].load(ordering: .relaxed)
        let mask = UInt64.max >> shift
        let entries = memory + headerWords
        var position = word >> shift
        while entries[Int(position)].load(ordering: .relaxed) != 0 { position = (position &+ 1) & mask }
        entries[Int(position)].store(word, ordering: .releasing)
    }

    private func grow(_ old: UnsafeMutablePointer<Word>) -> UnsafeMutablePointer<Word> {
        let bits = 64 - old[0].load(ordering: .relaxed)
        // 32 bits of the hash are in an entry; more positions than that cannot be told apart.
        guard bits < 32 else { return old }
        let memory = SeriesIndex.allocate(bits: bits + 1)
        for position in 0..<SeriesIndex.capacity(of: old) {
            let word = (old + SeriesIndex.headerWords)[position].load(ordering: .relaxed)
            if word != 0 { SeriesIndex.put(word, into: memory) }
        }
        allocated.pointee.append(memory)
        current.store(memory, ordering: .releasing)
        return memory
    }

    /// Bytes of all memory that an index of `entries` entries has used.
    static func byteBound(entries: Int) -> Int {
        var bytes = 0
        var capacity = 1 << Int(smallestBits)
        while true {
            bytes += (capacity + headerWords) * 8
            if entries * 4 <= capacity * 3 || capacity >= 1 << 32 { return bytes }
            capacity *= 2
        }
    }

    /// The entries that are in use; under the lock, for the check of invariants.
    var entries: [UInt64] {
        let memory = current.load(ordering: .relaxed)
        return (0..<SeriesIndex.capacity(of: memory)).map {
            (memory + SeriesIndex.headerWords)[$0].load(ordering: .relaxed)
        }.filter { $0 != 0 }
    }
}
