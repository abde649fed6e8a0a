/// Something with a deadline on one event loop. Setting the deadline is a store; a `DeadlineScanner` looks at it.
class DeadlineEntry {
    /// By `SteadyTime`; `.max` is none.
    final var deadlineNanos = Int64.max
    fileprivate final var bucket = -1
    fileprivate final var position = 0

    /// Called once the deadline has passed; it has been cleared before.
    func deadlinePassed(now: Int64) {}
}

/// Looks at all deadlines of an event loop a few times a second, instead of a timer for each request.
///
/// Each tick visits one of the buckets, so a deadline fires at most `buckets × tick` late. With eight of them 10,000 idle
/// connections cost some ten microseconds a tick. The ticks themselves measure how late the event loop runs.
final class DeadlineScanner {
    /// Between two ticks.
    static let tickNanos: Int64 = 25_000_000
    private var buckets: [[DeadlineEntry]]
    private var current = 0
    private var nextBucket = 0

    init(buckets count: Int = 8) { buckets = Array(repeating: [], count: max(1, count)) }

    var count: Int { buckets.reduce(0) { $0 + $1.count } }

    func add(_ entry: DeadlineEntry) {
        guard entry.bucket < 0 else { return }
        nextBucket = (nextBucket + 1) % buckets.count
        entry.bucket = nextBucket
        entry.position = buckets[nextBucket].count
        buckets[nextBucket].append(entry)
    }

    func remove(_ entry: DeadlineEntry) {
        let bucket = entry.bucket
        guard bucket >= 0 else { return }
        let last = buckets[bucket].count - 1
        let position = entry.position
        if position < last {
            let moved = buckets[bucket][last]
            buckets[bucket][position] = moved
            moved.position = position
        }
        buckets[bucket].removeLast()
        entry.bucket = -1
    }

    /// Visits the next bucket.
    func tick(now: Int64) {
        current = (current + 1) % buckets.count
        for entry in buckets[current] where entry.deadlineNanos <= now {
            entry.deadlineNanos = .max
            entry.deadlinePassed(now: now)
        }
    }

    /// Every entry, for a drain.
    func forEach(_ body: (DeadlineEntry) -> Void) {
        for bucket in buckets {
            for entry in bucket { body(entry) }
        }
    }
}
