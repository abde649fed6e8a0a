/// A place in a tenant's spool: how many lines, and how many of their bytes with line feeds, were ever written before it.
///
/// Numbers are never used twice, not even for lines whose write failed; so a mark says which lines are done whatever
/// happened to the segments, and a hole between two frames says exactly how much is missing.
struct SpoolMark: Comparable, Hashable, Sendable {
    var lines: UInt64
    var bytes: UInt64

    static let zero = SpoolMark(lines: 0, bytes: 0)

    static func < (left: SpoolMark, right: SpoolMark) -> Bool { left.lines < right.lines }

    static func == (left: SpoolMark, right: SpoolMark) -> Bool { left.lines == right.lines }

    func hash(into hasher: inout Hasher) { hasher.combine(lines) }

    func advanced(by amount: SpoolAmount) -> SpoolMark {
        SpoolMark(lines: lines &+ amount.lines, bytes: bytes &+ amount.bytes)
    }
}

/// How much lies between two marks.
struct SpoolAmount: Equatable, Sendable {
    var lines: UInt64
    var bytes: UInt64

    static let zero = SpoolAmount(lines: 0, bytes: 0)

    init(lines: UInt64, bytes: UInt64) {
        self.lines = lines
        self.bytes = bytes
    }

    /// Nothing where `end` is not behind `start`.
    init(from start: SpoolMark, to end: SpoolMark) {
        let isAhead = start < end
        lines = isAhead ? end.lines - start.lines : 0
        bytes = isAhead && end.bytes > start.bytes ? end.bytes - start.bytes : 0
    }

    static func += (left: inout SpoolAmount, right: SpoolAmount) {
        left.lines &+= right.lines
        left.bytes &+= right.bytes
    }

    static func -= (left: inout SpoolAmount, right: SpoolAmount) {
        left.lines = left.lines > right.lines ? left.lines - right.lines : 0
        left.bytes = left.bytes > right.bytes ? left.bytes - right.bytes : 0
    }
}
