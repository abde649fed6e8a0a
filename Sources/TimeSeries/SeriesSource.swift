/// Where the engine reads samples from.
public protocol SeriesSource: Sendable {
    /// The series whose labels fulfil every matcher, with their samples in a span of time.
    ///
    /// - Parameters:
    ///   - matchers: all must match; an empty list selects everything.
    ///   - from: first millisecond, inclusive.
    ///   - through: last millisecond, inclusive.
    /// - Returns: series sorted by labels, without series that have no sample in the span.
    func select(_ matchers: [LabelMatcher], from: Int64, through: Int64) throws -> [Series]

    /// The same series as spans; a source that holds columns answers without copying them.
    func spans(_ matchers: [LabelMatcher], from: Int64, through: Int64) throws -> [SeriesSpan]
}

extension SeriesSource {
    /// The selected series, each as a whole.
    public func spans(_ matchers: [LabelMatcher], from: Int64, through: Int64) throws -> [SeriesSpan] {
        try select(matchers, from: from, through: through).map { SeriesSpan($0) }
    }
}
