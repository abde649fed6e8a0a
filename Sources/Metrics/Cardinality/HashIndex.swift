/// From the hash of a value to its row, for a bounded number of rows.
///
/// Open addressing with linear probing, never more than half full. A slot holds the upper half of the hash, from
/// which its home follows, and the row plus one; so removal moves later slots back and there are no tombstones.
final class HashIndex {
    private let slots: UnsafeMutablePointer<UInt64>
    private let mask: Int
    private(set) var count = 0

    /// - Parameter rows: the most that are in it at a time
    init(rows: Int) {
        let size = HashIndex.size(rows: rows)
        slots = .allocate(capacity: size)
        slots.initialize(repeating: 0, count: size)
        mask = size - 1
    }

    deinit { slots.deallocate() }

    private static func size(rows: Int) -> Int {
        var size = 16
        while size < rows * 2 { size *= 2 }
        return size
    }

    /// Bytes for so many rows.
    static func byteCount(rows: Int) -> Int { size(rows: rows) * MemoryLayout<UInt64>.stride }

    /// The row with this hash that `matches`.
    @inline(__always)
    func find(_ hash: UInt64, where matches: (Int) -> Bool) -> Int? {
        let tag = hash >> 32
        var position = Int(truncatingIfNeeded: tag) & mask
        while slots[position] != 0 {
            let slot = slots[position]
            if slot >> 32 == tag {
                let row = HashIndex.row(slot)
                if matches(row) { return row }
            }
            position = (position &+ 1) & mask
        }
        return nil
    }

    /// Adds a row that is not there.
    func insert(_ hash: UInt64, row: Int) {
        let tag = hash >> 32
        var position = Int(truncatingIfNeeded: tag) & mask
        while slots[position] != 0 { position = (position &+ 1) & mask }
        slots[position] = tag << 32 | UInt64(row &+ 1)
        count += 1
    }

    /// Takes a row out; false when it is not there.
    @discardableResult
    func remove(_ hash: UInt64, row: Int) -> Bool {
        let wanted = (hash >> 32) << 32 | UInt64(row &+ 1)
        var position = Int(truncatingIfNeeded: hash >> 32) & mask
        while slots[position] != wanted {
            guard slots[position] != 0 else { return false }
            position = (position &+ 1) & mask
        }
        closeGap(at: position)
        count -= 1
        return true
    }

    func removeAll() {
        slots.update(repeating: 0, count: mask + 1)
        count = 0
    }

    @inline(__always)
    private static func row(_ slot: UInt64) -> Int { Int(truncatingIfNeeded: slot & 0xffff_ffff) &- 1 }

    /// Moves slots back that were pushed past `gap`.
    private func closeGap(at gap: Int) {
        var hole = gap
        var position = (gap &+ 1) & mask
        while slots[position] != 0 {
            let home = Int(truncatingIfNeeded: slots[position] >> 32) & mask
            if (position &- home) & mask >= (position &- hole) & mask {
                slots[hole] = slots[position]
                hole = position
            }
            position = (position &+ 1) & mask
        }
        slots[hole] = 0
    }
}
