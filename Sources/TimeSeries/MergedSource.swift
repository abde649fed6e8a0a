/// Several sources as one; of two samples of one series and time the later source gives its own.
public struct MergedSource: SeriesSource {
    private let sources: [any SeriesSource]

    /// Puts sources together.
    public init(_ sources: [any SeriesSource]) { self.sources = sources }

    /// The series that match in any of the sources.
    public func select(_ matchers: [LabelMatcher], from: Int64, through: Int64) throws -> [Series] {
        if sources.count == 1 { return try sources[0].select(matchers, from: from, through: through) }
        var parts: [Labels: [Series]] = [:]
        for source in sources {
            for series in try source.select(matchers, from: from, through: through) {
                parts[series.labels, default: []].append(series)
            }
        }
        return parts.map { Series(joining: $1, $0) }.sorted { $0.labels < $1.labels }
    }

    /// The same as spans, which a single source gives without copying.
    public func spans(_ matchers: [LabelMatcher], from: Int64, through: Int64) throws -> [SeriesSpan] {
        if sources.count == 1 { return try sources[0].spans(matchers, from: from, through: through) }
        return try select(matchers, from: from, through: through).map { SeriesSpan($0) }
    }
}
