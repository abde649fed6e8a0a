import Locking
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// The memory of batches: chunks of one size that go round instead of going back to the allocator, where every batch would
/// cost page faults and copies while it grows. It also counts what batches take that stands elsewhere.
///
/// Chunks are taken by the reader's thread and given back by whoever lets go of a batch last. The pool keeps as many as were
/// once needed, which the budget of memory bounds.
final class ChunkPool: Sendable {
    static let chunkShift = 15
    static let chunkBytes = 1 << chunkShift
    private static let chunksInSlab = 32

    private struct State: @unchecked Sendable {
        var slabs: [UnsafeMutableRawPointer] = []
        var free: [UnsafeMutableRawPointer] = []
    }

    private let state = Locked(State())
    private let used = Atomic<Int>(0)

    deinit {
        state.withLock { state in
            for slab in state.slabs { slab.deallocate() }
        }
    }

    /// Bytes that batches take, with what they waste.
    var usedBytes: Int { used.load(ordering: .relaxed) }

    /// Counts memory that a batch took or released elsewhere.
    func note(_ bytes: Int) { used.wrappingAdd(bytes, ordering: .relaxed) }

    func take() -> UnsafeMutableRawPointer {
        note(ChunkPool.chunkBytes)
        return state.withLock { state in
            if let chunk = state.free.popLast() { return chunk }
            let slab = UnsafeMutableRawPointer.allocate(
                byteCount: ChunkPool.chunksInSlab * ChunkPool.chunkBytes, alignment: 4096)
            state.slabs.append(slab)
            for index in (1..<ChunkPool.chunksInSlab).reversed() {
                state.free.append(slab + index * ChunkPool.chunkBytes)
            }
            return slab
        }
    }

    func give(_ chunk: UnsafeMutableRawPointer) {
        note(-ChunkPool.chunkBytes)
        state.withLock { $0.free.append(chunk) }
    }
}
