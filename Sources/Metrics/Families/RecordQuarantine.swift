/// Nanoseconds of a clock that never goes back.
public typealias MonotonicClock = @Sendable () -> UInt64

/// Milliseconds since 1970.
public typealias WallMillisClock = @Sendable () -> Int64

/// Removed series, waiting until no thread can still be in the middle of reading their records or writing their cells.
///
/// A removed series' handles see the new generation and write nothing, and a lookup doesn't find it any more. Only a
/// thread that looked just before the removal and was then held up between two instructions could still touch it. So
/// record and cells rest for a minute before another label set gets them, and longer while a scrape that may hold the
/// record is not done with its page.
///
/// A process may be stopped for any time, and the clock runs on. So only time in which the registry was seen at work
/// counts: between two looks at the family (a scrape, a new series, a removal) at most ``longestStepNanos``. After a
/// stop, a thread that was held up has the rest of the minute to go on.
struct RecordQuarantine {
    struct Entry {
        /// Where the record is.
        let place: UInt32
        /// The generation that the next owner of the cells gets.
        let generation: UInt32
        /// How many series of the family were removed before.
        let removal: UInt64
        /// In the time that counts.
        fileprivate let freeAtNanos: UInt64
    }

    /// How long removed series rest.
    static let restNanos: UInt64 = 60_000_000_000

    /// The most that counts between two looks.
    static let longestStepNanos: UInt64 = 15_000_000_000

    /// The time that counts, and the clock at the last look.
    private var restedNanos: UInt64 = 0
    private var seenNanos: UInt64 = 0
    /// Oldest first; `entries[..<taken]` are in use again.
    private var entries: [Entry] = []
    private var taken = 0
    /// Series removed so far.
    private(set) var removals: UInt64 = 0
    /// Of each page that a scrape has in hand, how many series were removed before it was read.
    private var pages: [UInt64] = []

    /// Series at rest.
    var count: Int { entries.count - taken }

    /// Puts a removed series to rest.
    mutating func add(_ place: UInt32, generation: UInt32, now: UInt64) {
        observe(now)
        let end = restedNanos &+ RecordQuarantine.restNanos
        entries.append(Entry(place: place, generation: generation, removal: removals, freeAtNanos: end))
        removals += 1
    }

    /// Looks at the clock.
    mutating func observe(_ now: UInt64) {
        if now > seenNanos { restedNanos &+= min(now - seenNanos, RecordQuarantine.longestStepNanos) }
        seenNanos = now
    }

    /// When to look again for a series whose rest is over; before that there is none.
    func nextTake(after now: UInt64) -> UInt64 {
        guard taken < entries.count else { return .max }
        let end = entries[taken].freeAtNanos
        // Over already: then a scrape has it in hand.
        guard end > restedNanos else { return now &+ 10_000_000 }
        return now &+ min(end - restedNanos, RecordQuarantine.longestStepNanos)
    }

    /// The series that has rested longest, if its time is over and no scrape has it.
    mutating func take() -> Entry? {
        guard taken < entries.count, entries[taken].freeAtNanos <= restedNanos else { return nil }
        let entry = entries[taken]
        // A page that was read after the removal cannot hold the series.
        guard pages.allSatisfy({ entry.removal < $0 }) else { return nil }
        taken += 1
        if taken * 2 > entries.count {
            entries.removeFirst(taken)
            taken = 0
        }
        return entry
    }

    /// Notes that a page is being read now; give the result to ``endPage(_:)``.
    mutating func beginPage(now: UInt64) -> UInt64 {
        observe(now)
        pages.append(removals)
        return removals
    }

    /// Notes that the page's records are not needed any more.
    mutating func endPage(_ page: UInt64) {
        if let position = pages.firstIndex(of: page) { pages.remove(at: position) }
    }

    /// The places at rest; for the check of invariants.
    var places: [UInt32] { entries[taken...].map(\.place) }
}
