/// A set of ranks, one bit each. The bits belong to a ``RankTable``, which must live as long.
struct RankSet {
    private let words: UnsafeMutableBufferPointer<UInt64>

    /// An empty set.
    ///
    /// - Parameter bits: all 0, as many as there are ranks.
    init(_ bits: UnsafeMutableBufferPointer<UInt64>) { words = bits }

    @inline(__always)
    func insert(_ rank: Int) {
        words[rank >> 6] |= 1 &<< UInt64(rank & 63)
    }

    @inline(__always)
    func remove(_ rank: Int) {
        words[rank >> 6] &= ~(1 &<< UInt64(rank & 63))
    }

    /// The first member from a rank on, which must exist.
    @inline(__always)
    func next(_ rank: Int) -> Int {
        var word = rank >> 6
        var rest = words[word] & (~0 &<< UInt64(rank & 63))
        while rest == 0 {
            word &+= 1
            rest = words[word]
        }
        return word &<< 6 &+ rest.trailingZeroBitCount
    }

    /// The last member before a rank, which must exist.
    @inline(__always)
    func previous(_ rank: Int) -> Int {
        var word = rank >> 6
        var rest = words[word] & ~(~0 &<< UInt64(rank & 63))
        while rest == 0 {
            word &-= 1
            rest = words[word]
        }
        return word &<< 6 &+ 63 &- rest.leadingZeroBitCount
    }

    /// How many members the word of a rank has before it, and from it on.
    func split(_ rank: Int) -> (before: Int, after: Int) {
        let word = words[rank >> 6]
        let after = (word & (~0 &<< UInt64(rank & 63))).nonzeroBitCount
        return (word.nonzeroBitCount - after, after)
    }
}

/// A rank, and how many members of a set lie before it. While the set changes by one member at a time the cursor of
/// a quantile has at most one member to go.
struct RankCursor {
    private var rank = 0
    private var before = 0

    init() {}

    @inline(__always)
    mutating func noteInsertion(of other: Int) { before &+= other < rank ? 1 : 0 }

    @inline(__always)
    mutating func noteRemoval(of other: Int) { before &-= other < rank ? 1 : 0 }

    /// Goes to the member before which there are so many, which must exist, and returns its rank.
    @inline(__always)
    mutating func seek(_ place: Int, in members: RankSet) -> Int {
        if abs(place &- before) >= 64 { leap(place, members) }
        while before > place {
            rank = members.previous(rank)
            before &-= 1
        }
        while before < place {
            rank = members.next(rank) &+ 1
            before &+= 1
        }
        rank = members.next(rank)
        return rank
    }

    /// Goes nearer by whole words.
    private mutating func leap(_ place: Int, _ members: RankSet) {
        while place - before >= 64 {
            before += members.split(rank).after
            rank = (rank | 63) + 1
        }
        if before - place < 64 { return }
        before -= members.split(rank).before
        rank &= ~63
        while before - place >= 64 {
            rank -= 64
            before -= members.split(rank).after
        }
    }
}
