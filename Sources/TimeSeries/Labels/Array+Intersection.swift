extension Array where Element: FixedWidthInteger {
    /// The ids that are in both lists, which are sorted.
    func intersection(sorted other: [Element]) -> [Element] {
        var both: [Element] = []
        var place = 0
        for id in self {
            while place < other.count, other[place] < id { place += 1 }
            if place == other.count { break }
            if other[place] == id { both.append(id) }
        }
        return both
    }
}
