/// Which lines of a text its changed form keeps.
///
/// The shortest script of changes takes time by the square of their number, so it is looked for only within short
/// stretches. Longer ones are split first at lines that each text has once: in a rule file the names of rules.
struct LineMatching {
    /// For each old line, whether it is kept.
    private(set) var keptOld: [Bool]
    /// For each new line, whether it is an old one; as many are as `keptOld` has, in the same order.
    private(set) var keptNew: [Bool]

    private var old: [Int] = []
    private var new: [Int] = []

    /// Lines of both texts that a shortest script is looked for in.
    private static let shortStretch = 400
    /// How often a stretch is split again.
    private static let maxDepth = 8

    init(_ oldLines: [Substring], _ newLines: [Substring]) {
        keptOld = Array(repeating: false, count: oldLines.count)
        keptNew = Array(repeating: false, count: newLines.count)
        // Equal bytes get equal numbers; strings would also be equal when only their normal forms are.
        var numbers: [[UInt8]: Int] = [:]
        func number(_ line: Substring) -> Int {
            let bytes = Array(line.utf8)
            if let known = numbers[bytes] { return known }
            numbers[bytes] = numbers.count
            return numbers.count - 1
        }
        old = oldLines.map(number)
        new = newLines.map(number)
        match(old.indices, new.indices, depth: 0)
    }

    private mutating func keep(_ oldPlace: Int, _ newPlace: Int) {
        keptOld[oldPlace] = true
        keptNew[newPlace] = true
    }

    private mutating func match(_ oldRange: Range<Int>, _ newRange: Range<Int>, depth: Int) {
        var (left, right) = (oldRange, newRange)
        while let (first, other) = both(left.first, right.first), old[first] == new[other] {
            keep(first, other)
            (left, right) = (left.dropFirst(), right.dropFirst())
        }
        while let (last, other) = both(left.last, right.last), old[last] == new[other] {
            keep(last, other)
            (left, right) = (left.dropLast(), right.dropLast())
        }
        if left.isEmpty || right.isEmpty { return }
        if left.count + right.count <= LineMatching.shortStretch { return matchShortest(left, right) }
        if depth == LineMatching.maxDepth { return }
        let anchors = anchors(left, right)
        if anchors.isEmpty { return }
        for (oldPlace, newPlace) in anchors + [(left.upperBound, right.upperBound)] {
            match(left.lowerBound..<oldPlace, right.lowerBound..<newPlace, depth: depth + 1)
            if oldPlace == left.upperBound { return }
            keep(oldPlace, newPlace)
            (left, right) = (oldPlace + 1..<left.upperBound, newPlace + 1..<right.upperBound)
        }
    }

    private func both(_ one: Int?, _ other: Int?) -> (Int, Int)? {
        guard let one, let other else { return nil }
        return (one, other)
    }

    private mutating func matchShortest(_ left: Range<Int>, _ right: Range<Int>) {
        for place in left { keptOld[place] = true }
        for place in right { keptNew[place] = true }
        for change in new[right].difference(from: old[left]) {
            switch change {
            case .remove(let offset, _, _): keptOld[left.lowerBound + offset] = false
            case .insert(let offset, _, _): keptNew[right.lowerBound + offset] = false
            }
        }
    }

    /// Places of lines that both stretches have once, as many as rise in both.
    private func anchors(_ left: Range<Int>, _ right: Range<Int>) -> [(Int, Int)] {
        let newPlaces = LineMatching.single(new, right)
        let pairs = LineMatching.single(old, left)
            .compactMap { line, place in newPlaces[line].map { (old: place, new: $0) } }
            .sorted { $0.old < $1.old }
        // The longest rising row: `ends[n]` is the pair with the lowest new place that a row of n + 1 can end with.
        var ends: [Int] = []
        var before = Array(repeating: -1, count: pairs.count)
        for (index, pair) in pairs.enumerated() {
            var (low, high) = (0, ends.count)
            while low < high {
                let middle = (low + high) / 2
                if pairs[ends[middle]].new < pair.new { low = middle + 1 } else { high = middle }
            }
            if low > 0 { before[index] = ends[low - 1] }
            if low == ends.count { ends.append(index) } else { ends[low] = index }
        }
        var row: [(Int, Int)] = []
        var next = ends.last ?? -1
        while next >= 0 {
            row.append((pairs[next].old, pairs[next].new))
            next = before[next]
        }
        return row.reversed()
    }

    /// The places of lines that a stretch has once, by line.
    private static func single(_ lines: [Int], _ range: Range<Int>) -> [Int: Int] {
        var places: [Int: Int] = [:]
        for place in range {
            places[lines[place]] = places[lines[place]] == nil ? place : -1
        }
        return places.filter { $0.value >= 0 }
    }
}
