/// Which cells a thread writes: its own, or those it shares with everybody.
///
/// An owned shard belongs to one thread at a time (an event loop); writing it is a plain load and store, so two
/// threads on one owned shard lose increments, though nothing worse. The shared shard is for any thread.
@frozen
public struct Shard: Sendable, Equatable {
    /// Distance in cells between a child's first cell and its cell of this shard.
    @usableFromInline
    let offset: UInt32

    @inlinable
    init(offset: UInt32) { self.offset = offset }

    /// The shard any thread may write, by atomic addition.
    @inlinable
    public static var shared: Shard { Shard(offset: UInt32(CellLayout.regionCells)) }

    /// The shard of one thread.
    ///
    /// - Parameter index: 1 up to the registry's number of shards. A registry that has fewer, or an index below 1,
    ///   means the shared shard.
    public init(owned index: Int) {
        let region = index >= 1 && index <= CellLayout.maxShards ? index + 1 : 1
        self.init(offset: UInt32(region * CellLayout.regionCells))
    }
}

/// How cells lie in memory: a chunk is one region of generations, one of the shared shard and one a owned shard.
///
/// A child has the same place in each region, so one address and a fixed distance reach all its cells, and a slab
/// of a shard is dense: padding costs nothing per cell.
@usableFromInline
enum CellLayout {
    /// Cells of eight bytes in one region.
    ///
    /// 4,224 bytes are 33 times 128, so that no two shards share a pair of cache lines, and not a multiple of
    /// 4,096, at which a load seems to depend on a store into another region.
    @usableFromInline
    static let regionCells = 528

    /// The most shards a registry may have.
    @usableFromInline
    static let maxShards = 1024

    /// Regions before the first owned shard: generations, shared.
    static let leadingRegions = 2
}
