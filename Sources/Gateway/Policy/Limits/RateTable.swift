/// The buckets of many keys in a fixed space: sets of eight places, 128 bytes. Pure.
///
/// The place that a new key takes is the one whose bucket is full again first. What is lost with it is the least that
/// any of the eight has used up, nothing at all for an idle one; and a key that is being limited, whose bucket is
/// empty, outlives every key that a flood brings in. When all eight are in use, only one in sixteen new keys gets a
/// place: else a flood of keys that come once would wash out a steady key before its second request.
struct RateTable {
    struct Entry {
        /// 0 is free.
        var key: UInt64 = 0
        /// Long past, for a free place.
        var fullAt = Int64.min
    }

    static let ways = 8

    private(set) var entries: [Entry]
    /// Requests of keys for which there was no place, or which took that of another in use: the table is too small.
    private(set) var forgotten = 0
    private let setMask: UInt64

    /// `sets` is a power of two.
    init(sets: Int) {
        entries = Array(repeating: Entry(), count: sets * Self.ways)
        setMask = UInt64(sets - 1)
    }

    @inline(__always)
    mutating func decide(_ key: UInt64, _ rule: RateRule, cost: Int, now: Int64) -> RateDecision {
        let key = key == 0 ? 1 : key
        let base = Int(key & setMask) &* Self.ways
        var soonest = base
        for index in base..<(base &+ Self.ways) {
            if entries[index].key == key {
                return rule.decide(fullAt: &entries[index].fullAt, cost: cost, now: now)
            }
            if entries[index].fullAt < entries[soonest].fullAt { soonest = index }
        }
        var fullAt = now
        let decision = rule.decide(fullAt: &fullAt, cost: cost, now: now)
        if fullAt > now { place(Entry(key: key, fullAt: fullAt), at: soonest, now: now) }
        return decision
    }

    private mutating func place(_ entry: Entry, at index: Int, now: Int64) {
        if entries[index].fullAt > now {
            forgotten &+= 1
            // Not foreseeable without the secret of the key's hash, and no state.
            let dice = (entry.key ^ UInt64(bitPattern: now)) &* 0x9E37_79B9_7F4A_7C15 &>> 60
            if dice != 0 { return }
        }
        entries[index] = entry
    }

    /// A key stands in its own set, once.
    var invariants: Bool {
        let used = entries.indices.filter { entries[$0].key != 0 }
        return Set(used.map { entries[$0].key }).count == used.count
            && used.allSatisfy { Int(entries[$0].key & setMask) == $0 / Self.ways }
    }
}
