/// Requests in flight of many tenants in a fixed space: sets of eight places. A place with requests in flight is never
/// taken away; a tenant for whom there is none shares the overflow. Pure.
struct ConcurrencyTable {
    struct Entry {
        var key: UInt64 = 0
        /// 0 is free.
        var count = 0
    }

    static let ways = 8
    /// The place of all who have none.
    static let overflow = -1

    private(set) var entries: [Entry]
    private(set) var overflowCount = 0
    private let setMask: UInt64

    /// `sets` is a power of two.
    init(sets: Int) {
        entries = Array(repeating: Entry(), count: sets * Self.ways)
        setMask = UInt64(sets - 1)
    }

    /// The place that counts the request; nil when the tenant has `limit` in flight.
    @inline(__always)
    mutating func acquire(_ key: UInt64, limit: Int) -> Int? {
        let base = Int(key & setMask) &* Self.ways
        var free = Self.overflow
        for index in base..<(base &+ Self.ways) {
            if entries[index].count == 0 {
                free = index
            } else if entries[index].key == key {
                guard entries[index].count < limit else { return nil }
                entries[index].count += 1
                return index
            }
        }
        return take(free, key, limit)
    }

    private mutating func take(_ place: Int, _ key: UInt64, _ limit: Int) -> Int? {
        guard limit > 0 else { return nil }
        if place == Self.overflow {
            guard overflowCount < limit else { return nil }
            overflowCount += 1
        } else {
            entries[place] = Entry(key: key, count: 1)
        }
        return place
    }

    mutating func release(_ place: Int) {
        if place == Self.overflow {
            overflowCount = max(0, overflowCount - 1)
        } else if entries.indices.contains(place) {
            entries[place].count = max(0, entries[place].count - 1)
        }
    }

    /// A tenant has one place, in its set.
    var invariants: Bool {
        let used = entries.indices.filter { entries[$0].count > 0 }
        return Set(used.map { entries[$0].key }).count == used.count && overflowCount >= 0
            && used.allSatisfy { Int(entries[$0].key & setMask) == $0 / Self.ways }
    }
}
