/// The busiest values of a stream by a fixed number of counters: Space-Saving (Metwally, Agrawal and El Abbadi,
/// "Efficient computation of frequent and top-k elements in data streams", 2005).
///
/// A value without a counter takes over the lowest one and inherits its count as its error. So for each value that has
/// a counter `count − error ≤ true count ≤ count`, a value without one came at most as often as the lowest count, and
/// a value that came more often than once in `counters` has one.
///
/// Finding the lowest needs no order: a hand goes round over the counters and takes those at the lowest count; only
/// when it has been round is the next lowest searched. Counts only grow, so what it has passed is above. A flood
/// of new values costs some 2 steps each. The worst is one round for a request, 3 µs with 4,096 counters; to have that
/// again and again somebody must first have brought all counters to different counts.
struct SpaceSaving {
    let counters: Int
    private let values: ValueRows
    private let index: HashIndex
    private var counts: [UInt32]
    private var errors: [UInt32]
    private var hashes: [UInt64]
    private var hand = 0
    /// The lowest count; the counters before the hand are above it.
    private var level: UInt32 = 0
    /// The sum of all that was added.
    private(set) var total: UInt64 = 0

    init(counters: Int, longestValueBytes: Int) {
        self.counters = counters
        values = ValueRows(rows: counters, longest: longestValueBytes)
        index = HashIndex(rows: counters)
        counts = Array(repeating: 0, count: counters)
        errors = Array(repeating: 0, count: counters)
        hashes = Array(repeating: 0, count: counters)
    }

    /// Bytes of so many counters.
    static func byteCount(counters: Int, longestValueBytes: Int) -> Int {
        ValueRows.byteCount(rows: counters, longest: longestValueBytes) + HashIndex.byteCount(rows: counters)
            + counters * (2 * MemoryLayout<UInt32>.stride + MemoryLayout<UInt64>.stride)
    }

    /// The counter of a value, if it has one.
    func find(_ value: UnsafeRawBufferPointer, _ hash: UInt64) -> Int? {
        index.find(hash) { hashes[$0] == hash && values.equals($0, value) }
    }

    /// Counts `amount` (at least 1) more of a value; gives its counter. Counts stop at 2³² − 1.
    mutating func add(_ value: UnsafeRawBufferPointer, _ hash: UInt64, _ amount: UInt32) -> Int {
        total &+= UInt64(amount)
        if let row = find(value, hash) {
            counts[row] = counts[row].addingClamped(amount)
            return row
        }
        let row = takeLowest()
        if !values.isEmpty(row) { index.remove(hashes[row], row: row) }
        errors[row] = counts[row]
        counts[row] = counts[row].addingClamped(amount)
        hashes[row] = hash
        values.set(row, value)
        index.insert(hash, row: row)
        return row
    }

    /// Requests that the counter's value is sure to have made.
    func guaranteed(_ row: Int) -> UInt32 { counts[row] - errors[row] }

    /// At most so many.
    func count(_ row: Int) -> UInt32 { counts[row] }

    /// Lets the counter's value go. The count stays as what others may have had, so that the bounds go on to hold.
    mutating func release(_ row: Int) {
        guard !values.isEmpty(row) else { return }
        index.remove(hashes[row], row: row)
        values.clear(row)
        errors[row] = counts[row]
    }

    /// Starts from nothing.
    mutating func removeAll() {
        guard total > 0 else { return }
        index.removeAll()
        for row in 0..<counters {
            counts[row] = 0
            errors[row] = 0
            values.clear(row)
        }
        hand = 0
        level = 0
        total = 0
    }

    private mutating func takeLowest() -> Int {
        while true {
            while hand < counters {
                defer { hand += 1 }
                if counts[hand] == level { return hand }
            }
            hand = 0
            level = counts.reduce(.max) { Swift.min($0, $1) }
        }
    }

    /// Describes what is wrong inside, or nil; for tests.
    var brokenInvariant: String? {
        let held = (0..<counters).filter { !values.isEmpty($0) }
        guard held.count == index.count else { return "\(held.count) values but \(index.count) in the index" }
        for row in held {
            guard find(values[row], hashes[row]) == row else { return "counter \(row) cannot be found" }
            guard errors[row] <= counts[row] else { return "counter \(row) has more error than count" }
        }
        let sum = counts.reduce(UInt64(0)) { $0 + UInt64($1) }
        guard sum == total || counts.contains(.max) else { return "counts add up to \(sum), not \(total)" }
        guard counts.allSatisfy({ $0 >= level }) else { return "a count is below the lowest" }
        if level < .max, counts[..<hand].contains(level) { return "the hand passed a lowest counter" }
        return nil
    }
}

extension UInt32 {
    /// The sum, or the greatest number if that is less.
    @inline(__always)
    func addingClamped(_ other: UInt32) -> UInt32 {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? .max : sum
    }
}
