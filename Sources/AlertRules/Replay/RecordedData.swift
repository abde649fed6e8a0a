import TimeSeries

/// Recorded metrics: what was read from files, and blocks that are read when they are asked.
public struct RecordedData: SeriesSource {
    /// The samples of files and recorded scrapes.
    public let store: SeriesStore
    /// Prometheus's blocks.
    public let folders: [BlockFolder]

    /// The series that match, from everywhere.
    ///
    /// - Throws: `BlockError` with file and offset, or without an offset where the store and what is selected of all
    ///   folders have more samples than the store's limit.
    public func select(_ matchers: [LabelMatcher], from: Int64, through: Int64) throws -> [Series] {
        if folders.isEmpty { return store.select(matchers, from: from, through: through) }
        var left = max(0, store.limits.maxSamples - store.sampleUnits)
        var selected: [[Series]] = []
        for folder in folders {
            var bounded = folder
            bounded.maxSamples = left
            bounded.maxSeries = store.limits.maxSeries
            let found = try bounded.select(matchers, from: from, through: through)
            left -= found.reduce(0) { $0 + $1.sampleUnits }
            selected.append(found)
        }
        if store.seriesCount > 0 { selected.append(store.select(matchers, from: from, through: through)) }
        return Series.merging(selected)
    }

    /// The same as spans, which a store alone gives without copying.
    public func spans(_ matchers: [LabelMatcher], from: Int64, through: Int64) throws -> [SeriesSpan] {
        if folders.isEmpty { return store.spans(matchers, from: from, through: through) }
        return try select(matchers, from: from, through: through).map { SeriesSpan($0) }
    }

    /// The first and the last sample's time; nil when there are none.
    ///
    /// - Throws: `BlockError` with file and offset.
    public func timeSpan() throws -> ClosedRange<Int64>? {
        var span = store.timeSpan
        for folder in folders {
            guard let own = try folder.timeSpan() else { continue }
            span = span.map { min($0.lowerBound, own.lowerBound)...max($0.upperBound, own.upperBound) } ?? own
        }
        return span
    }

    /// Reads everything into one store, which makes many queries over them fast.
    ///
    /// - Parameter selectors: only series are read that some of them select; empty reads all.
    /// - Throws: `BlockError` with file and offset, or `SeriesStoreError` where a limit is exceeded.
    public func loaded(selectors: [[LabelMatcher]]) throws -> SeriesStore {
        if folders.isEmpty { return store }
        let all = SeriesStore(limits: store.limits)
        // What is merged later wins, as in a query.
        for folder in folders {
            var bounded = folder
            bounded.maxSamples = store.limits.maxSamples
            bounded.maxSeries = store.limits.maxSeries
            try bounded.forEachSeries(selectors.isEmpty ? [[]] : selectors) { try all.merge($0) }
        }
        for series in store.select([], from: .min, through: .max) { try all.merge(series) }
        return all
    }
}
