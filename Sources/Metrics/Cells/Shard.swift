/// Which cells a thread writes: its own, or those it shares with everybody.
///
/// An owned shard belongs to one thread at a time; writing it is a plain load and store, so two threads on one owned
/// shard lose counts, or misplace some of a native histogram, though nothing worse. The shared shard is for any thread.
///
/// A program that knows its threads, like one with event loops, numbers them itself: ``init(owned:)``. Any other uses
/// ``current``. Numbers of the one kind never meet those of the other.
@frozen
public struct Shard: Sendable, Equatable {
    /// Distance in cells between a child's first word and its cells of this shard.
    @usableFromInline
    let offset: Int32
    /// The same in regions; out of any registry's range for the shared shard.
    @usableFromInline
    let region: Int32

    @inlinable
    init(offset: Int, region: Int) {
        self.offset = Int32(truncatingIfNeeded: offset)
        self.region = Int32(truncatingIfNeeded: region)
    }

    /// The shard any thread may write, by atomic addition.
    @inlinable
    public static var shared: Shard { Shard(offset: CellLayout.regionCells, region: 1 << 30) }

    /// The shard of one thread.
    ///
    /// - Parameter index: 1 up to the registry's number of shards. A registry that has fewer, or an index below 1,
    ///   means the shared shard.
    public init(owned index: Int) {
        guard index >= 1, index <= CellLayout.maxShards else {
            self = .shared
            return
        }
        let region = index + CellLayout.leadingRegions - 1
        self.init(offset: region * CellLayout.regionCells, region: region)
    }

    /// The shard of a thread that has the number 1…1,024 among those that use ``current``.
    init(thread number: Int) {
        self.init(offset: -number * CellLayout.regionCells, region: -number)
    }

    /// The calling thread's own shard.
    ///
    /// A thread gets a number when it first asks, and gives it back when it ends; a later thread goes on with the same
    /// cells. A registry with fewer `threadShards` than the number, none by default, means the shared shard. Ask again
    /// after every `await`, since a task may go on in another thread.
    public static var current: Shard { ThreadShards.current }
}

/// How cells lie in memory: a chunk is one region of generations, one of the shared shard and one a owned shard; before
/// them, backwards, one for each thread that ``Shard/current`` numbers.
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
