/// When counting began, for the samples of a series that say so: OpenMetrics' created time, OpenTelemetry's start
/// time. 0 says that it isn't known.
///
/// Only the places where it changes are kept, so a counter that runs on costs one entry, and a series without start
/// timestamps has no column at all.
public struct StartTimestampColumn: Sendable, Equatable {
    /// Places in the series' columns at which another start begins to hold, ascending.
    private var places: [Int] = []
    /// The start from each place on, in milliseconds since the epoch.
    private var starts: [Int64] = []

    /// No start is known.
    public init() {}

    /// Whether no sample has a start.
    public var isEmpty: Bool { places.isEmpty }

    /// Notes the start of the sample at a place behind all others.
    public mutating func append(_ startMillis: Int64, at place: Int) {
        if startMillis == starts.last ?? 0 { return }
        places.append(place)
        starts.append(startMillis)
    }

    /// The start of the sample at a place, 0 when it isn't known.
    public subscript(place: Int) -> Int64 {
        let after = upperBound(place)
        return after == 0 ? 0 : starts[after - 1]
    }

    /// The starts of the first samples, one for each.
    public func expanded(count: Int) -> [Int64] {
        var out: [Int64] = []
        out.reserveCapacity(count)
        var next = 0
        for place in 0..<count {
            while next < places.count, places[next] <= place { next += 1 }
            out.append(next == 0 ? 0 : starts[next - 1])
        }
        return out
    }

    /// The starts of a range of places, as places of a column that begins there; nil when none is known.
    public func slice(_ range: Range<Int>) -> StartTimestampColumn? {
        if range.isEmpty { return nil }
        var out = StartTimestampColumn()
        out.append(self[range.lowerBound], at: 0)
        for next in upperBound(range.lowerBound)..<upperBound(range.upperBound - 1) {
            out.append(starts[next], at: places[next] - range.lowerBound)
        }
        return out.isEmpty ? nil : out
    }

    /// How many samples of a range of places have a start; they count towards a store's limit.
    public func knownCount(in range: Range<Int>) -> Int {
        var count = 0
        for next in places.indices where starts[next] != 0 {
            let end = next + 1 < places.count ? places[next + 1] : Int.max
            count += max(0, min(end, range.upperBound) - max(places[next], range.lowerBound))
        }
        return count
    }

    /// How many entries stand at or before a place.
    private func upperBound(_ place: Int) -> Int {
        var low = 0
        var high = places.count
        while low < high {
            let middle = low + (high - low) / 2
            if places[middle] <= place { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
