/// Some lines of a batch: ascending, disjoint ranges of line numbers that do not touch each other.
///
/// Nearly always it is one range; answers that tell lines apart leave several. `checkInvariants` states the form.
struct LineRanges: Sendable, Equatable {
    private(set) var ranges: [Range<Int>]

    init() { ranges = [] }

    init(_ range: Range<Int>) { ranges = range.isEmpty ? [] : [range] }

    /// - Parameter lines: line numbers in ascending order, each once.
    init(ascending lines: some Sequence<Int>) {
        self.init()
        for line in lines { append(line) }
    }

    var isEmpty: Bool { ranges.isEmpty }
    var count: Int { ranges.reduce(0) { $0 + $1.count } }
    var first: Int? { ranges.first?.lowerBound }
    /// Behind the last line; 0 where there is none.
    var end: Int { ranges.last?.upperBound ?? 0 }
    /// Where it is a single range, that one.
    var single: Range<Int>? { ranges.count == 1 ? ranges[0] : nil }

    /// Calls `body` with each line number in order.
    @inline(__always)
    func forEach(_ body: (Int) -> Void) {
        for range in ranges {
            for line in range { body(line) }
        }
    }

    func contains(_ line: Int) -> Bool { ranges.contains { $0.contains(line) } }

    func isDisjoint(with other: LineRanges) -> Bool {
        var left = ranges[...]
        var right = other.ranges[...]
        while let first = left.first, let second = right.first {
            if first.overlaps(second) { return false }
            if first.upperBound <= second.lowerBound { left.removeFirst() } else { right.removeFirst() }
        }
        return true
    }

    /// Adds a line behind all others.
    mutating func append(_ line: Int) {
        if let last = ranges.indices.last, ranges[last].upperBound == line {
            ranges[last] = ranges[last].lowerBound..<(line + 1)
        } else {
            ranges.append(line..<(line + 1))
        }
    }

    /// Adds lines that are not among these yet.
    mutating func formUnion(_ other: LineRanges) {
        var merged: [Range<Int>] = []
        for range in (ranges + other.ranges).sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if let last = merged.indices.last, merged[last].upperBound >= range.lowerBound {
                merged[last] = merged[last].lowerBound..<max(merged[last].upperBound, range.upperBound)
            } else {
                merged.append(range)
            }
        }
        ranges = merged
    }

    /// The lines that are not among some others.
    func subtracting(_ other: LineRanges) -> LineRanges {
        var result = LineRanges()
        var holes = other.ranges[...]
        for range in ranges {
            var start = range.lowerBound
            while let hole = holes.first, hole.lowerBound < range.upperBound {
                if hole.lowerBound > start { result.ranges.append(start..<hole.lowerBound) }
                start = max(start, hole.upperBound)
                if hole.upperBound > range.upperBound { break }
                holes.removeFirst()
            }
            if start < range.upperBound { result.ranges.append(start..<range.upperBound) }
        }
        return result
    }

    /// The first half of the lines, and the rest.
    func halves() -> (LineRanges, LineRanges) {
        var left = LineRanges()
        var wanted = count / 2
        for range in ranges where wanted > 0 {
            let part = range.lowerBound..<min(range.upperBound, range.lowerBound + wanted)
            left.ranges.append(part)
            wanted -= part.count
        }
        return (left, subtracting(left))
    }

    /// The line that has so many of them before it; nil where there are not as many.
    func line(at index: Int) -> Int? {
        guard index >= 0 else { return nil }
        var left = index
        for range in ranges {
            if left < range.count { return range.lowerBound + left }
            left -= range.count
        }
        return nil
    }

    /// The lines before a line number, and the rest.
    func parts(at line: Int) -> (LineRanges, LineRanges) {
        let before = subtracting(LineRanges(line..<max(line, end)))
        return (before, subtracting(before))
    }

    /// The number of leading lines of the batch that are among these without a gap.
    var leading: Int { ranges.first.map { $0.lowerBound == 0 ? $0.upperBound : 0 } ?? 0 }

    func checkInvariants() -> Bool {
        ranges.allSatisfy { !$0.isEmpty }
            && zip(ranges, ranges.dropFirst()).allSatisfy { $0.upperBound < $1.lowerBound }
    }
}
