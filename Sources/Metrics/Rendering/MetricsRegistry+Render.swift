import Exposition
import Locking

extension MetricsRegistry {
    /// The text of a scrape: families in the order of their names, children in the order in which they were made.
    ///
    /// Any thread may call it, also several at once; better none that serves requests. Families without a series are
    /// left out.
    public func render(_ format: ExpositionFormat) -> [UInt8] {
        let scrape = Scrape(self)
        let capacity = scrape.sources.reduce(256) { $0 + 256 + $1.lineCount * 128 }
        return withByteCursor(capacity: capacity) { cursor in
            var family = ""
            for source in scrape.sources { MetricsRegistry.render(source, format, after: &family, to: &cursor) }
            if format.isOpenMetrics { cursor.append("# EOF\n") }
        }
    }

    /// Writes what `source` has; `family` is the name of the family whose lines were written last.
    private static func render(
        _ source: Scrape.Source, _ format: ExpositionFormat, after family: inout String, to cursor: inout ByteCursor
    ) {
        let renderer = FamilyRenderer(source.descriptor, format: format)
        func writeMetadata() {
            if family != source.descriptor.name { renderer.writeMetadata(to: &cursor) }
            family = source.descriptor.name
        }
        switch source {
        case .samples(_, let samples):
            guard !samples.isEmpty else { return }
            writeMetadata()
            renderer.write(samples, to: &cursor)
        case .stored(let store):
            guard store.seriesCount > 0 else { return }
            writeMetadata()
            store.forEachRecord { renderer.write($0, to: &cursor) }
        }
    }
}

extension FamilyStore {
    /// Children looked at under one hold of the lock, so that a scrape never holds up a lookup for long.
    static let pageSize = 256

    /// Goes over the records in pages, the lock held for one page at a time.
    ///
    /// Between two pages a series may be removed and made again in another slot. So those that are younger than the
    /// beginning are left out: no series comes twice.
    func forEachRecord(_ body: (SeriesRecord) -> Void) {
        let end = table.withLock { $0.nextSequence }
        var position = 0
        var isDone = false
        while !isDone {
            table.withLock { table in
                let pageEnd = min(position + FamilyStore.pageSize, table.records.count)
                while position < pageEnd {
                    if let record = table.records[position], record.sequence < end { body(record) }
                    position += 1
                }
                isDone = position >= table.records.count
            }
        }
    }
}
