/// Nanoseconds of a clock that never goes back.
public typealias MonotonicClock = @Sendable () -> UInt64

/// Cells of removed series, waiting until no thread can still be in the middle of writing them.
///
/// A removed series' handles see the new generation and write nothing. Only a thread that looked just before the
/// removal and was then held up between two instructions could still write, so the cells rest for a minute before
/// another label set gets them.
struct CellQuarantine {
    private struct Entry {
        let cells: CellHandle
        let freeAtNanos: UInt64
    }

    /// How long cells rest.
    static let restNanos: UInt64 = 60_000_000_000

    private let clock: MonotonicClock
    /// Oldest first; `entries[..<taken]` are in use again.
    private var entries: [Entry] = []
    private var taken = 0

    init(clock: @escaping MonotonicClock) { self.clock = clock }

    /// Puts the cells of a removed series to rest under their next generation.
    mutating func add(_ cells: CellHandle, generation: UInt32, shards: Int) {
        let fresh = CellHandle(base: cells.base, generation: generation, shards: shards)
        entries.append(Entry(cells: fresh, freeAtNanos: clock() &+ CellQuarantine.restNanos))
    }

    /// The cells that have rested longest, if their time is over.
    mutating func take() -> CellHandle? {
        guard taken < entries.count, entries[taken].freeAtNanos <= clock() else { return nil }
        defer {
            taken += 1
            if taken * 2 > entries.count {
                entries.removeFirst(taken)
                taken = 0
            }
        }
        return entries[taken].cells
    }
}
