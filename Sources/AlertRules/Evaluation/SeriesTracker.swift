import TimeSeries

/// Remembers which series a rule wrote last, so that those that are gone get a staleness marker.
struct SeriesTracker: Sendable {
    private(set) var previous: [Labels] = []

    /// The series to end after an evaluation that wrote `current`.
    mutating func replace(with current: [Labels]) -> [Labels] {
        if isSame(as: current) { return [] }
        let next = Set(current)
        let gone = previous.filter { !next.contains($0) }
        previous = current
        return gone.isEmpty ? [] : gone.sorted()
    }

    /// Whether these are the very series of the last time, told without a look at their labels.
    func isSame(as current: [Labels]) -> Bool {
        previous.count == current.count && zip(previous, current).allSatisfy { $0.isIdentical(to: $1) }
    }
}
