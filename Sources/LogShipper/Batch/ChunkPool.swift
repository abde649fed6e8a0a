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
    static let chunkShift = 14
    static let chunkBytes = 1 << chunkShift
    /// The first slab is small, for a shipper with little to do; the others are one huge page each where the system has
    /// any, because lines go to as many places at once as there are tenants.
    private static let firstSlabBytes = 512 << 10
    private static let slabBytes = 2 << 20

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
            let bytes = state.slabs.isEmpty ? ChunkPool.firstSlabBytes : ChunkPool.slabBytes
            let slab = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: bytes)
            #if os(Linux)
            // Only a wish: where it fails, pages are small.
            if bytes == ChunkPool.slabBytes { _ = madvise(slab, bytes, MADV_HUGEPAGE) }
            #endif
            state.slabs.append(slab)
            for offset in stride(from: bytes - ChunkPool.chunkBytes, to: 0, by: -ChunkPool.chunkBytes) {
                state.free.append(slab + offset)
            }
            return slab
        }
    }

    func give(_ chunk: UnsafeMutableRawPointer) {
        note(-ChunkPool.chunkBytes)
        state.withLock { $0.free.append(chunk) }
    }
}
