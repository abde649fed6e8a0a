import TimeSeries

/// Recorded metrics: what was read from files, and blocks that are read when they are asked.
public struct RecordedData: SeriesSource {
    /// The samples of files and recorded scrapes.
    public let store: SeriesStore
    /// Prometheus's blocks.
    public let folders: [BlockFolder]
    private let merged: MergedSource

    init(store: SeriesStore, folders: [BlockFolder]) {
        self.store = store
        self.folders = folders
        let stored: [any SeriesSource] = store.seriesCount > 0 || folders.isEmpty ? [store] : []
        merged = MergedSource(folders + stored)
    }

    /// The series that match, from everywhere.
    public func select(_ matchers: [LabelMatcher], from: Int64, through: Int64) throws -> [Series] {
        try merged.select(matchers, from: from, through: through)
    }

    /// The same as spans.
    public func spans(_ matchers: [LabelMatcher], from: Int64, through: Int64) throws -> [SeriesSpan] {
        try merged.spans(matchers, from: from, through: through)
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
            try folder.forEachSeries(selectors.isEmpty ? [[]] : selectors) { try all.merge($0) }
        }
        for series in store.select([], from: .min, through: .max) { try all.merge(series) }
        return all
    }
}
