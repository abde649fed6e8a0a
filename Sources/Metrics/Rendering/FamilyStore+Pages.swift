import Locking

/// How far a scrape has come in a family.
///
/// Between two pages a series may be removed and made again in another slot. So those that are younger than the
/// beginning are left out: no series comes twice.
struct RecordPosition {
    fileprivate var slot = 0
    fileprivate let end: UInt64
}

extension FamilyStore {
    /// Children looked at under one hold of the lock, so that a scrape never holds up a lookup for long.
    static let pageSize = 256

    /// The beginning of what is there now.
    var firstRecord: RecordPosition { RecordPosition(end: table.withLock { $0.nextSequence }) }

    /// Goes over the next page of records under the lock, up to the first that `body` does not take.
    ///
    /// Returns true when there are no more; a record that was not taken comes again.
    @inline(__always)
    func readPage(_ position: inout RecordPosition, _ body: (SeriesRecord) -> Bool) -> Bool {
        table.withLock { table in
            let pageEnd = min(position.slot + FamilyStore.pageSize, table.records.count)
            while position.slot < pageEnd {
                if let record = table.records[position.slot], record.sequence < position.end, !body(record) {
                    return false
                }
                position.slot += 1
            }
            return position.slot >= table.records.count
        }
    }

    /// Goes over all records in pages, the lock held for one page at a time.
    func forEachRecord(_ body: (SeriesRecord) -> Void) {
        var position = firstRecord
        var isDone = false
        while !isDone {
            isDone = readPage(&position) { record in
                body(record)
                return true
            }
        }
    }
}
