import Locking
import Synchronization

/// Blocks for native histograms, taken and given back by power of two; the memory is never given to the system.
///
/// A reader may look into a block that has just been given back. So what was a block stays one of the same size, and
/// its incarnation tells the reader that it came too late.
enum NativePool {
    /// Entries of the smallest block.
    static let smallest = 16
    /// Entries of the largest: three quarters of it hold the largest limit of buckets.
    static let largest = 2048

    private struct State: Sendable {
        var free: [[NativeStore]] = Array(repeating: [], count: 8)
        var bytes = 0
        /// All blocks ever made, so that they count as in use.
        var all: [NativeStore] = []
    }

    private static let state = Locked(State())

    /// Bytes of all blocks, in use or not.
    static var byteCount: Int { state.withLock { $0.bytes } }

    /// Bytes of a block: a multiple of 128, as is its address, so that no two shards share a pair of cache lines.
    static func bytes(capacity: Int) -> Int { (NativeStore.Word.entries * 8 + capacity * 16 + 127) & ~127 }

    /// Bytes of the smallest block that has room for so many populated buckets.
    static func bytes(holding buckets: Int) -> Int {
        var capacity = smallest
        while buckets > NativeStore.room(capacity: capacity), capacity < largest { capacity *= 2 }
        return bytes(capacity: capacity)
    }

    /// A block with room for at least `capacity` entries, empty.
    static func take(capacity: Int, epoch: UInt32, shift: Int, threshold: Double) -> NativeStore {
        let (level, size) = level(capacity)
        let store = state.withLock { state in
            if let store = state.free[level].popLast() { return store }
            let bytes = bytes(capacity: size)
            let store = make(bytes: bytes, capacity: size)
            state.bytes += bytes
            state.all.append(store)
            return store
        }
        store.start(epoch: epoch, shift: shift, threshold: threshold)
        return store
    }

    /// Gives a block back that no cell leads to any more.
    static func recycle(_ store: NativeStore) {
        let level = level(store.capacity).level
        state.withLock { $0.free[level].append(store) }
    }

    private static func level(_ capacity: Int) -> (level: Int, size: Int) {
        var level = 0
        var size = smallest
        while size < capacity, size < largest {
            level += 1
            size *= 2
        }
        return (level, size)
    }

    private static func make(bytes: Int, capacity: Int) -> NativeStore {
        let memory = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 128)
        let words = memory.bindMemory(to: Atomic<UInt64>.self, capacity: bytes / 8)
        for word in 0..<(bytes / 8) { (words + word).initialize(to: Atomic(0)) }
        words[NativeStore.Word.mask].store(UInt64(capacity - 1), ordering: .relaxed)
        return NativeStore(words: words)
    }
}

extension MetricsRegistry {
    /// Bytes that all native histograms and exemplars of the process have ever needed at once; they are kept for reuse.
    public static var histogramBytes: Int { NativePool.byteCount + AuxiliaryBlock.byteCount }
}
