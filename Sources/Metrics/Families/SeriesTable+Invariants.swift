import Locking

extension SeriesTable {
    /// Describes what is wrong inside, or nil; for tests.
    var brokenInvariant: String? {
        state.withLock { state in
            let live = state.slots.enumerated().filter { $0.element != 0 }
            guard live.count == state.count else { return "count \(state.count) but \(live.count) records" }
            guard state.freeSlots.count + state.count == state.slots.count else { return "free slots do not add up" }
            guard !shape.tracksIdle || state.idle.count == state.slots.count else { return "idle marks do not add up" }
            let entries = index.entries
            guard Set(entries.map { UInt32(truncatingIfNeeded: $0) }) == Set(live.map(\.element)) else {
                return "the index points to other records"
            }
            guard entries.count == state.count else { return "the index has a record twice" }
            var overflow = 0
            var sequences: Set<UInt64> = []
            for (slot, place) in live {
                let record = SeriesRecord(directory.header(at: place))
                guard Int(record.header.pointee.slot) == slot else { return "a record does not know its slot" }
                guard self.place(of: record.key, hash: hash.hash(ofKey: record.key)) == place else {
                    return "a record cannot be found"
                }
                guard record.cells.isLive else { return "a record's cells are not alive" }
                guard sequences.insert(record.sequence).inserted else { return "two records of one sequence number" }
                overflow += record.isOverflow ? 1 : 0
            }
            guard overflow == state.overflowCount else { return "overflow series do not add up" }
            guard state.count - overflow <= max(limits.own, 0), overflow <= limits.overflow + limits.reserved + 1 else {
                return "more series than allowed"
            }
            guard Set(state.quarantine.places).isDisjoint(with: live.map(\.element)) else {
                return "a record in use is at rest"
            }
            let bound = max(limits.own, 0) + limits.overflow + 2 * limits.reserved + limits.rest + 64
            return state.count + state.quarantine.count <= bound ? nil : "too many series at rest"
        }
    }
}
