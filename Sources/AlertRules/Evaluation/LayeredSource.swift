import TimeSeries

/// Input series with the rules' outputs on top, and nothing later than a horizon: what an evaluation at that time
/// would have seen.
///
/// Where both have the same series, their samples are merged; of two at the same time the input's counts, because
/// it was there first.
struct LayeredSource: SeriesSource {
    let inputs: any SeriesSource
    let outputs: any SeriesSource
    /// Last visible millisecond.
    var horizon = Int64.max

    func select(_ matchers: [LabelMatcher], from: Int64, through: Int64) throws -> [Series] {
        try spans(matchers, from: from, through: through).map(\.series)
    }

    func spans(_ matchers: [LabelMatcher], from: Int64, through: Int64) throws -> [SeriesSpan] {
        let through = min(through, horizon)
        if through < from { return [] }
        let below = try inputs.spans(matchers, from: from, through: through)
        let above = try outputs.spans(matchers, from: from, through: through)
        if above.isEmpty { return below }
        if below.isEmpty { return above }
        return LayeredSource.merge(below.map(\.series), above.map(\.series)).map { SeriesSpan($0) }
    }

    /// Both lists are sorted by labels.
    private static func merge(_ below: [Series], _ above: [Series]) -> [Series] {
        var result: [Series] = []
        result.reserveCapacity(below.count + above.count)
        var next = 0
        for series in below {
            while next < above.count, above[next].labels < series.labels {
                result.append(above[next])
                next += 1
            }
            if next < above.count, above[next].labels == series.labels {
                result.append(merge(series, above[next]))
                next += 1
            } else {
                result.append(series)
            }
        }
        return result + above[next...]
    }

    private static func merge(_ below: Series, _ above: Series) -> Series {
        var merged = Series(labels: below.labels)
        var other = 0
        for (index, time) in below.timestamps.enumerated() {
            while other < above.timestamps.count, above.timestamps[other] < time {
                merged.append(sampleOf: above, at: other)
                other += 1
            }
            if other < above.timestamps.count, above.timestamps[other] == time { other += 1 }
            merged.append(sampleOf: below, at: index)
        }
        for place in other..<above.count { merged.append(sampleOf: above, at: place) }
        return merged
    }
}
