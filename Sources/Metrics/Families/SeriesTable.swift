#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// The children of one family: records in slots, and an index from the hash of a label set to its slot.
///
/// Open addressing with linear probing. A cell of the index holds the upper half of the hash beside the slot, so a
/// probe that fails never looks at the record. Removal moves later entries back; there are no tombstones.
struct SeriesTable: @unchecked Sendable {
    /// By slot; a hole is nil and waits in `freeSlots`.
    private(set) var records: [SeriesRecord?] = []
    private var freeSlots: [Int] = []
    /// 0 is empty; else the upper 32 bits of the hash, then the slot plus one.
    private var index: [UInt64] = Array(repeating: 0, count: 16)
    /// Children at the moment.
    private(set) var count = 0
    /// The sequence number of the next child.
    private(set) var nextSequence: UInt64 = 0

    /// The child with this key.
    func find(_ key: UnsafeRawBufferPointer, hash: UInt64) -> SeriesRecord? {
        guard let position = position(of: key, hash: hash) else { return nil }
        return records[slot(at: position)]
    }

    /// Adds a child that is not there yet.
    mutating func insert(_ newRecord: SeriesRecord) {
        var record = newRecord
        record.sequence = nextSequence
        nextSequence += 1
        if (count + 1) * 4 > index.count * 3 { grow() }
        let slot: Int
        if let free = freeSlots.popLast() {
            slot = free
            records[slot] = record
        } else {
            slot = records.count
            records.append(record)
        }
        place(hash: record.hash, slot: slot)
        count += 1
    }

    /// Takes a child out; the caller frees the record.
    mutating func remove(_ key: UnsafeRawBufferPointer, hash: UInt64) -> SeriesRecord? {
        guard let position = position(of: key, hash: hash) else { return nil }
        let slot = slot(at: position)
        let record = records[slot]
        records[slot] = nil
        freeSlots.append(slot)
        count -= 1
        closeGap(at: position)
        return record
    }

    private var mask: Int { index.count - 1 }

    private func slot(at position: Int) -> Int {
        Int(truncatingIfNeeded: index[position] & 0xffff_ffff) - 1
    }

    private func home(_ hash: UInt64) -> Int {
        Int(truncatingIfNeeded: hash & 0xffff_ffff) & mask
    }

    private func position(of key: UnsafeRawBufferPointer, hash: UInt64) -> Int? {
        var position = home(hash)
        while index[position] != 0 {
            if index[position] >> 32 == hash >> 32, let record = records[slot(at: position)], record.hash == hash,
                record.key.count == key.count, SeriesTable.equal(record.key, key)
            {
                return position
            }
            position = (position + 1) & mask
        }
        return nil
    }

    private static func equal(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer) -> Bool {
        guard let first = left.baseAddress, let second = right.baseAddress else { return left.count == right.count }
        return memcmp(first, second, left.count) == 0
    }

    private mutating func place(hash: UInt64, slot: Int) {
        var position = home(hash)
        while index[position] != 0 { position = (position + 1) & mask }
        index[position] = (hash >> 32) << 32 | UInt64(slot + 1)
    }

    private mutating func grow() {
        index = Array(repeating: 0, count: index.count * 2)
        for (slot, record) in records.enumerated() {
            if let record { place(hash: record.hash, slot: slot) }
        }
    }

    /// Moves entries back that were pushed past `gap`, so that probing needs no tombstones.
    private mutating func closeGap(at gap: Int) {
        var hole = gap
        var position = (gap + 1) & mask
        while index[position] != 0 {
            if let record = records[slot(at: position)] {
                let distance = (position - home(record.hash)) & mask
                if distance >= (position - hole) & mask {
                    index[hole] = index[position]
                    hole = position
                }
            }
            position = (position + 1) & mask
        }
        index[hole] = 0
    }

    /// Describes what is wrong inside, or nil; for tests.
    var brokenInvariant: String? {
        let live = records.compactMap { $0 }
        guard live.count == count else { return "count \(count) but \(live.count) records" }
        guard freeSlots.count + count == records.count else { return "free slots do not add up" }
        guard index.count(where: { $0 != 0 }) == count else { return "the index has another number of entries" }
        for record in live where find(record.key, hash: record.hash) == nil { return "a record cannot be found" }
        return nil
    }
}
