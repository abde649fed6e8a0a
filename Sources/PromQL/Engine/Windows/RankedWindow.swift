import TimeSeries

/// What has to know which ranks come into a window and leave it.
protocol RankFollower {
    init()
    mutating func noteInsertion(of rank: Int)
    mutating func noteRemoval(of rank: Int)
}

extension RankCursor: RankFollower {}

/// A window's numbers in ascending order, kept up to date while the window slides; NaN are only counted.
///
/// The samples of many windows are ranked at once. A window is then a set of ranks: a sample that comes or leaves is one
/// bit, and whoever follows the changes with a cursor is at the wanted place or beside it.
struct RankedWindow<Follower: RankFollower> {
    /// Whether windows overlap, so that it pays to rank what comes after the first.
    private let overlaps: Bool
    /// Owns what the next three point to.
    private var table: RankTable?
    private var numbers = UnsafeMutableBufferPointer<Double>(start: nil, count: 0)
    private var ranks = UnsafeMutableBufferPointer<UInt32>(start: nil, count: 0)
    private(set) var members = RankSet(UnsafeMutableBufferPointer(start: nil, count: 0))
    /// The sample from which on there are ranks.
    private var first = 0
    private var low = 0
    private var high = 0
    private(set) var nanCount = 0
    var follower = Follower()

    /// How many numbers there are.
    var count: Int { high &- low &- nanCount }

    init(overlaps: Bool) { self.overlaps = overlaps }

    /// The number of a member.
    @inline(__always)
    subscript(rank: Int) -> Double { numbers[rank] }

    @inline(__always)
    mutating func move(_ samples: SampleColumns, _ window: Window) {
        if window.high > first + ranks.count { rank(samples, window) }
        while low < window.low, low < high {
            remove(Int(ranks[low &- first]))
            low &+= 1
        }
        if low < window.low { (low, high) = (window.low, window.low) }
        while high < window.high {
            insert(Int(ranks[high &- first]))
            high &+= 1
        }
    }

    /// Ranks the window and what comes after it. At least half of that is new, so each sample is ranked twice at most.
    private mutating func rank(_ samples: SampleColumns, _ window: Window) {
        let wanted = overlaps ? max(2 * window.count, min(16 * window.count, 8192), 512) : window.count
        let end = min(window.low + wanted, samples.values.count)
        let table = RankTable(UnsafeBufferPointer(rebasing: samples.values[window.low..<end]))
        (numbers, ranks) = (table.numbers, table.ranks)
        members = RankSet(table.bits)
        self.table = table
        follower = Follower()
        nanCount = 0
        (first, low, high) = (window.low, window.low, window.low)
    }

    @inline(__always)
    private mutating func insert(_ rank: Int) {
        if rank == RankTable.none {
            nanCount &+= 1
        } else {
            members.insert(rank)
            follower.noteInsertion(of: rank)
        }
    }

    @inline(__always)
    private mutating func remove(_ rank: Int) {
        if rank == RankTable.none {
            nanCount &-= 1
        } else {
            members.remove(rank)
            follower.noteRemoval(of: rank)
        }
    }
}
