import Locking
import Synchronization

/// What a child has beside its cells: when its native histogram was last reset, and its exemplars.
///
/// The second word of a child leads here. Like all memory of cells it is never given to the system; a block keeps its
/// number of slots, so whoever still writes through an old address does no harm.
struct AuxiliaryBlock: @unchecked Sendable {
    enum Word {
        /// 1 while a thread writes or reads exemplars.
        static let lock = 0
        static let slots = 1
        static let epochStartNanos = 2
        static let resetMillis = 3
        /// The first slot of exemplars.
        static let exemplars = 8
    }

    let words: UnsafeMutablePointer<Atomic<UInt64>>

    private static let state = Locked(State())

    private struct State: Sendable {
        var free: [Int: [AuxiliaryBlock]] = [:]
        var all: [AuxiliaryBlock] = []
        var bytes = 0
    }

    init(words: UnsafeMutablePointer<Atomic<UInt64>>) { self.words = words }

    init?(cell word: UInt64) {
        guard let words = UnsafeMutablePointer<Atomic<UInt64>>(bitPattern: UInt(truncatingIfNeeded: word)) else {
            return nil
        }
        self.words = words
    }

    /// What a cell holds that leads here.
    var address: UInt64 { UInt64(UInt(bitPattern: words)) }

    /// Slots for exemplars.
    var slots: Int { Int(truncatingIfNeeded: words[Word.slots].load(ordering: .relaxed)) }

    /// When the epoch began, by the registry's clock.
    var epochStartNanos: UInt64 { words[Word.epochStartNanos].load(ordering: .relaxed) }

    /// When the histogram was last reset, in milliseconds since 1970; 0 for never.
    var resetMillis: Int64 { Int64(truncatingIfNeeded: words[Word.resetMillis].load(ordering: .relaxed)) }

    func startEpoch(nanos: UInt64, wallMillis: Int64) {
        words[Word.epochStartNanos].store(nanos, ordering: .relaxed)
        words[Word.resetMillis].store(UInt64(bitPattern: wallMillis), ordering: .relaxed)
    }

    /// Bytes of all blocks, in use or not.
    static var byteCount: Int { state.withLock { $0.bytes } }

    /// An empty block with that many slots.
    static func take(slots: Int) -> AuxiliaryBlock {
        let count = Word.exemplars + slots * ExemplarSlot.wordCount
        let block = state.withLock { state in
            if let block = state.free[slots]?.popLast() { return block }
            let bytes = (count * 8 + 127) & ~127
            let memory = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 128)
            state.bytes += bytes
            let words = memory.bindMemory(to: Atomic<UInt64>.self, capacity: count)
            for word in 0..<count { (words + word).initialize(to: Atomic(0)) }
            let block = AuxiliaryBlock(words: words)
            state.all.append(block)
            return block
        }
        for word in 0..<count { block.words[word].store(0, ordering: .relaxed) }
        block.words[Word.slots].store(UInt64(slots), ordering: .relaxed)
        return block
    }

    /// Gives the block back once no cell leads to it.
    static func recycle(_ block: AuxiliaryBlock) {
        let slots = block.slots
        state.withLock { $0.free[slots, default: []].append(block) }
    }
}
