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
    /// The beginning of what is there now.
    var firstRecord: RecordPosition { RecordPosition(end: table.nextSequence) }

    /// Goes over the next page of records, up to the first that `body` does not take; any thread, also several.
    ///
    /// The places of a page's records are noted under the lock, and the records are read without it: nothing waits for
    /// `body`. A record whose series is removed meanwhile stays as it is until the page is done. Returns true when there
    /// are no more; a record that was not taken comes again.
    @inline(__always)
    func readPage(_ position: inout RecordPosition, _ body: (SeriesRecord) -> Bool) -> Bool {
        let page = table.beginPage(from: position.slot)
        defer { table.endPage(page) }
        for index in 0..<page.count {
            let record = SeriesRecord(table.directory.header(at: page.places[index]))
            guard record.sequence < position.end else { continue }
            guard body(record) else {
                position.slot = Int(record.header.pointee.slot)
                return false
            }
        }
        position.slot = page.next
        return page.isLast
    }

    /// Goes over all records, in about the order in which they were made.
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

extension SeriesTable {
    /// Records that a scrape has in hand.
    struct Page: Sendable {
        fileprivate(set) var places = InlineArray<64, UInt32>(repeating: 0)
        fileprivate(set) var count = 0
        /// The slot behind the page.
        fileprivate(set) var next: Int
        fileprivate(set) var isLast = false
        /// The number under which the quarantine knows the page.
        fileprivate var removals: UInt64 = 0
    }

    /// The sequence number of the next child.
    var nextSequence: UInt64 { state.withLock { $0.nextSequence } }

    /// Reads the places of the next records; ``endPage(_:)`` must follow.
    ///
    /// It does not look at the records: they lie one after the other, and whoever reads each of them as a whole has
    /// the processor fetch the next ones meanwhile. Looking at all heads first takes twice as long.
    func beginPage(from slot: Int) -> Page {
        let now = context.clock()
        return state.withLock { state in
            var page = Page(next: slot)
            while page.next < state.slots.count, page.count < page.places.count {
                let place = state.slots[page.next]
                page.next += 1
                guard place != 0 else { continue }
                page.places[page.count] = place
                page.count += 1
            }
            page.isLast = page.next >= state.slots.count
            page.removals = state.quarantine.beginPage(now: now)
            return page
        }
    }

    /// Says that the page's records are not needed any more.
    func endPage(_ page: Page) {
        let removals = page.removals
        state.withLock { $0.quarantine.endPage(removals) }
    }
}
