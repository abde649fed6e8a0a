import Locking
import Synchronization

/// Hands out runs of cells from chunks that never move and are never given back to the system.
///
/// A handle is an address without a reference. So the memory of a registry stays readable for as long as the
/// process runs, even when the registry itself is gone: a late increment then lands in cells nobody reads.
final class SlabAllocator: Sendable {
    private struct State: @unchecked Sendable {
        var chunks: [UnsafeMutablePointer<Atomic<UInt64>>] = []
        var used = CellLayout.regionCells
    }

    /// Chunks of registries that are gone; kept so that old handles stay harmless.
    private static let retired = Locked<[UInt]>([])

    /// One region of generations and one of the shared shard, for handles that must not write.
    nonisolated(unsafe) static let inertCells: UnsafeMutablePointer<Atomic<UInt64>> = makeChunk(shards: 0, threads: 0)

    /// Owned shards.
    let shards: Int
    /// Shards of threads.
    let threads: Int
    private let state = Locked(State())

    init(shards: Int, threads: Int = 0) {
        self.shards = min(max(shards, 0), CellLayout.maxShards)
        self.threads = min(max(threads, 0), CellLayout.maxShards)
    }

    deinit {
        let chunks = state.withLock { $0.chunks.map { UInt(bitPattern: $0) } }
        SlabAllocator.retired.withLock { $0.append(contentsOf: chunks) }
    }

    /// Bytes of all chunks.
    var byteCount: Int {
        state.withLock { $0.chunks.count } * SlabAllocator.chunkCells(shards: shards, threads: threads) * 8
    }

    /// Takes `count` neighbouring cells, all zero; `count` is between 1 and ``CellLayout/regionCells``.
    func allocate(_ count: Int) -> CellHandle {
        let size = min(max(count, 1), CellLayout.regionCells)
        let base = state.withLock { state in
            if state.used + size > CellLayout.regionCells || state.chunks.isEmpty {
                state.chunks.append(SlabAllocator.makeChunk(shards: shards, threads: threads))
                state.used = 0
            }
            defer { state.used += size }
            return Address(pointer: state.chunks[state.chunks.count - 1] + state.used)
        }
        return CellHandle(base: base.pointer, generation: 0, shards: shards, threads: threads)
    }

    private struct Address: @unchecked Sendable {
        let pointer: UnsafeMutablePointer<Atomic<UInt64>>
    }

    private static func chunkCells(shards: Int, threads: Int) -> Int {
        (threads + CellLayout.leadingRegions + shards) * CellLayout.regionCells
    }

    /// Makes a chunk and gives its region of generations; those of threads lie before.
    private static func makeChunk(shards: Int, threads: Int) -> UnsafeMutablePointer<Atomic<UInt64>> {
        let cells = chunkCells(shards: shards, threads: threads)
        let memory = UnsafeMutableRawPointer.allocate(byteCount: cells * 8, alignment: 128)
        let chunk = memory.bindMemory(to: Atomic<UInt64>.self, capacity: cells)
        for index in 0..<cells { (chunk + index).initialize(to: Atomic(0)) }
        return chunk + threads * CellLayout.regionCells
    }
}
