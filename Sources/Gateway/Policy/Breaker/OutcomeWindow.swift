/// Good and bad outcomes of the last while, in ten buckets; pure.
struct OutcomeWindow {
    private struct Bucket {
        var good = 0
        var bad = 0
    }

    private static let size: Int64 = 10

    private var buckets = InlineArray<10, Bucket>(repeating: Bucket())
    private var newest: Int64 = 0
    private let bucketNanos: Int64
    private(set) var good = 0
    private(set) var bad = 0

    init(nanos: Int64) { bucketNanos = max(1, nanos / Self.size) }

    mutating func add(isGood: Bool, now: Int64) {
        roll(now: now)
        let index = Int(newest % Self.size)
        if isGood {
            buckets[index].good += 1
            good += 1
        } else {
            buckets[index].bad += 1
            bad += 1
        }
    }

    /// Forgets what has left the window. A clock that goes back counts into the newest bucket.
    mutating func roll(now: Int64) {
        let number = max(0, now) / bucketNanos
        guard number > newest else { return }
        for step in 1...min(Self.size, number - newest) { clear(Int((newest + step) % Self.size)) }
        newest = number
    }

    mutating func reset() {
        for index in buckets.indices { clear(index) }
    }

    private mutating func clear(_ index: Int) {
        good -= buckets[index].good
        bad -= buckets[index].bad
        buckets[index] = Bucket()
    }

    var invariants: Bool {
        var sum = Bucket()
        for index in buckets.indices {
            guard buckets[index].good >= 0, buckets[index].bad >= 0 else { return false }
            sum.good += buckets[index].good
            sum.bad += buckets[index].bad
        }
        return sum.good == good && sum.bad == bad
    }
}
