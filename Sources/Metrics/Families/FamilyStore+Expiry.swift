import Locking

/// When a sweep saw a series change last.
struct IdleMark: Sendable {
    /// A digest of the cells.
    var fingerprint: UInt64
    /// The registry's clock at the last change that a sweep saw.
    var changedNanos: UInt64
}

extension FamilyStore {
    /// Removes the series that did not change for as long as the declaration allows; returns how many.
    ///
    /// An increment that falls between the last look and the removal is lost with the series.
    func removeIdle(now: UInt64) -> Int {
        guard let expiry = descriptor.idleExpiryNanos else { return 0 }
        return table.removeAll { [table] record, idle in
            let fingerprint = record.cells.fingerprint(table.shape.instrument)
            if idle.fingerprint != fingerprint {
                idle = IdleMark(fingerprint: fingerprint, changedNanos: now)
                return false
            }
            return now >= idle.changedNanos && now - idle.changedNanos >= expiry
        }
    }

    /// Removes all series whose value of the label at `position` is `value`; returns how many.
    func removeAll(label position: Int, equals value: String) -> Int {
        let wanted = Array(value.utf8)
        return table.removeAll { record, _ in
            var index = 0
            var isEqual = false
            LabelKey.forEachValue(of: record.key) { bytes in
                if index == position { isEqual = bytes.elementsEqual(wanted) }
                index += 1
            }
            return isEqual
        }
    }
}

extension SeriesTable {
    /// Series looked at under one hold of the lock.
    private static let sweepSize = 64

    /// Removes the series for which `body` returns true; others may be made and removed meanwhile.
    func removeAll(where body: @Sendable (SeriesRecord, inout IdleMark) -> Bool) -> Int {
        var removed = 0
        var position = 0
        while true {
            let start = position
            let (count, end, total) = state.withLock { state in
                reclaim(SeriesTable.sweepSize, in: &state)
                let end = min(start + SeriesTable.sweepSize, state.slots.count)
                var count = 0
                for slot in start..<max(start, end) where state.slots[slot] != 0 {
                    let place = state.slots[slot]
                    let record = SeriesRecord(directory.header(at: place))
                    var mark = shape.tracksIdle ? state.idle[slot] : IdleMark(fingerprint: 0, changedNanos: 0)
                    let isOver = body(record, &mark)
                    if shape.tracksIdle { state.idle[slot] = mark }
                    guard isOver else { continue }
                    remove(place, hash: hash.hash(ofKey: record.key), in: &state)
                    count += 1
                }
                return (count, end, state.slots.count)
            }
            removed += count
            position = end
            if position >= total { return removed }
        }
    }
}

extension CellHandle {
    /// A digest of the child's cells in all shards; a change of any of them changes it.
    func fingerprint(_ shape: InstrumentShape) -> UInt64 {
        var digest = shape.isNative ? nativeActivity(shape) : 0
        for index in 0..<shape.details.pointee.valueCells {
            digest = digest &* 0x9E37_79B9_7F4A_7C15 &+ total(at: index)
        }
        return digest
    }
}
