/// How much of the recent requests each of the busiest tenants makes: Space-Saving (Metwally, Agrawal and El Abbadi
/// 2005) in sets of eight, so that a look-up is one set, with counts that fade. Bounded: 16 bytes a place. Per event
/// loop; pure.
struct TenantShares {
    struct Entry {
        var key: UInt64 = 0
        var count: Float = 0
        /// What it may have taken over from the tenants that had the place before.
        var error: Float = 0

        /// Requests that are certainly the tenant's own.
        var own: Float { count - error }
    }

    private static let ways = 8

    private(set) var entries: [Entry]
    /// All requests, faded.
    private(set) var total: Float = 0
    private let setMask: UInt64

    init(places: Int) {
        var sets = 1
        while sets * Self.ways < places { sets *= 2 }
        entries = Array(repeating: Entry(), count: sets * Self.ways)
        setMask = UInt64(sets - 1)
    }

    /// Counts a request; the tenant's own ones of late.
    @inline(__always)
    mutating func add(_ key: UInt64) -> Float {
        total += 1
        let base = Int(key & setMask) * Self.ways
        var least = base
        for index in base..<(base + Self.ways) {
            if entries[index].key == key, entries[index].count > 0 {
                entries[index].count += 1
                return entries[index].own
            }
            if entries[index].count < entries[least].count { least = index }
        }
        let error = entries[least].count
        entries[least] = Entry(key: key, count: error + 1, error: error)
        return 1
    }

    mutating func fade(_ factor: Float) {
        total *= factor
        for index in entries.indices {
            entries[index].count *= factor
            entries[index].error *= factor
            // A place is free again before its numbers become denormal and slow.
            if entries[index].count < 0.01 { entries[index] = Entry() }
        }
    }

    /// The level L at which the tenants together, each cut to L, come to `allowed` requests: max-min fairness by water
    /// filling. Infinite when nothing must be cut, 0 when the unwatched tenants alone are too many.
    func level(allowed: Float) -> Float {
        let watched = entries.reduce(Float(0)) { $0 + $1.own }
        let room = allowed - max(0, total - watched)
        if watched <= room { return .infinity }
        guard room > 0 else { return 0 }
        var level: Float = 0
        for _ in 0..<16 {
            var below: Float = 0
            var above: Float = 0
            for entry in entries where entry.count > 0 {
                if entry.own <= level { below += entry.own } else { above += 1 }
            }
            let next = above > 0 ? (room - below) / above : level
            if next <= level * 1.001 { break }
            level = next
        }
        return level
    }

    var invariants: Bool {
        entries.allSatisfy { $0.count >= 0 && $0.error >= 0 && $0.error <= $0.count }
    }
}
