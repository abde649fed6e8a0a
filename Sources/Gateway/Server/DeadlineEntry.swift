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
/// Prompt entries are looked at with each tick. All others are in one of eight buckets, of which each tick visits one, so
/// they fire at most `8 × tick` late, and 10,000 idle connections cost some ten microseconds a tick. The ticks themselves
/// measure how late the event loop runs.
final class DeadlineScanner {
    /// Between two ticks.
    static let tickNanos: Int64 = 25_000_000
    private static let bucketCount = 8
    /// Behind the others.
    private static let promptBucket = bucketCount
    private var buckets: [[DeadlineEntry]]
    private var current = 0
    private var nextBucket = 0

    init() { buckets = Array(repeating: [], count: Self.bucketCount + 1) }

    var count: Int { buckets.reduce(0) { $0 + $1.count } }

    /// An entry that is there already stays where it is.
    func add(_ entry: DeadlineEntry, isPrompt: Bool = false) {
        guard entry.bucket < 0 else { return }
        nextBucket = (nextBucket + 1) % Self.bucketCount
        let bucket = isPrompt ? Self.promptBucket : nextBucket
        entry.bucket = bucket
        entry.position = buckets[bucket].count
        buckets[bucket].append(entry)
    }

    /// From now on it is looked at with each tick, or with each eighth.
    func change(_ entry: DeadlineEntry, isPrompt: Bool) {
        guard entry.bucket >= 0, (entry.bucket == Self.promptBucket) != isPrompt else { return }
        remove(entry)
        add(entry, isPrompt: isPrompt)
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

    /// Visits the next bucket, and the prompt ones.
    func tick(now: Int64) {
        current = (current + 1) % Self.bucketCount
        for bucket in [current, Self.promptBucket] {
            for entry in buckets[bucket] where entry.deadlineNanos <= now {
                entry.deadlineNanos = .max
                entry.deadlinePassed(now: now)
            }
        }
    }

    /// Every entry, for a drain.
    func forEach(_ body: (DeadlineEntry) -> Void) {
        for bucket in buckets {
            for entry in bucket { body(entry) }
        }
    }
}
