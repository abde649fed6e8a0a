import Exposition
import Synchronization

extension MetricsRegistry {
    /// The text of a scrape: families in the order of their names, children in the order in which they were made.
    ///
    /// Any thread may call it, also several at once; better none that serves requests. Families without a series are
    /// left out.
    public func render(_ format: ExpositionFormat) -> [UInt8] {
        let scrape = Scrape(self)
        let capacity = scrape.sources.reduce(256) { $0 + 256 + $1.lineCount * 128 }
        return withByteCursor(capacity: capacity) { cursor in
            for source in scrape.sources { MetricsRegistry.render(source, format, to: &cursor) }
            if format == .openMetrics100 { cursor.append("# EOF\n") }
        }
    }

    private static func render(_ source: Scrape.Source, _ format: ExpositionFormat, to cursor: inout ByteCursor) {
        let renderer = FamilyRenderer(source.descriptor, format: format)
        switch source {
        case .samples(_, let samples):
            guard !samples.isEmpty else { return }
            renderer.writeMetadata(to: &cursor)
            renderer.write(samples, to: &cursor)
        case .stored(let store):
            guard store.seriesCount > 0 else { return }
            renderer.writeMetadata(to: &cursor)
            store.forEachPage { records in
                for case let record? in records { renderer.write(record, to: &cursor) }
            }
        }
    }
}

extension FamilyStore {
    /// Goes over the records in pages, the lock held for one page at a time.
    func forEachPage(_ body: (ArraySlice<SeriesRecord?>) -> Void) {
        var position = 0
        while true {
            let size = table.withLock { table in
                let end = min(position + FamilyRenderer.pageSize, table.records.count)
                guard position < end else { return 0 }
                body(table.records[position..<end])
                return end - position
            }
            guard size > 0 else { return }
            position += size
        }
    }
}
