import TimeSeries

/// Remembers which series a rule wrote last, so that those that are gone get a staleness marker.
struct SeriesTracker: Sendable {
    private var previous: Set<Labels> = []

    /// The series to end after an evaluation that wrote `current`.
    mutating func replace(with current: [Labels]) -> [Labels] {
        let next = Set(current)
        let gone = previous.subtracting(next)
        previous = next
        return gone.isEmpty ? [] : gone.sorted()
    }
}
