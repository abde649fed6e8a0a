/// A span of a series' samples: the series' columns, shared with whoever holds the series, and the places inside.
///
/// Queries read spans, so that choosing a day of a month copies no sample. A holder that appends while a span is
/// alive copies its columns first.
public struct SeriesSpan: Sendable {
    /// The series with all its samples.
    public let whole: Series
    /// The places of the span in the series' columns; never empty.
    public let places: Range<Int>
    /// Whether a value inside may be the staleness marker.
    public let mayBeStale: Bool

    /// Makes a span; `places` must lie inside the columns.
    public init(whole: Series, places: Range<Int>, mayBeStale: Bool) {
        self.whole = whole
        self.places = places
        self.mayBeStale = mayBeStale
    }

    /// A whole series as a span.
    public init(_ series: Series) {
        self.init(
            whole: series, places: 0..<series.count, mayBeStale: series.values.contains(where: \.isStaleMarker))
    }

    /// What identifies the series.
    public var labels: Labels { whole.labels }

    /// How many samples there are.
    public var count: Int { places.count }

    /// Whether every sample is a number that says nothing of when counting began.
    public var isPlain: Bool { whole.histograms == nil && whole.startTimestamps == nil }

    /// Memory that the samples take, in units of a float sample (16 bytes).
    public var sampleUnits: Int { isPlain ? count : series.sampleUnits }

    /// The samples as a series of their own; only a whole one shares its memory.
    public var series: Series {
        if places.count == whole.count { return whole }
        let inside = whole.histograms?.slice(places)
        return Series(
            labels: labels, timestamps: Array(whole.timestamps[places]), values: Array(whole.values[places]),
            histograms: inside?.isEmpty == true ? nil : inside, startTimestamps: whole.startTimestamps?.slice(places))
    }
}
