import Exposition
import Locking
import Synchronization

/// One thread's copy of who has a place under a ``BoundedLabel``: no lock and no shared write for a request.
///
/// Hot path: `find` compares one atomic number and looks the value up in the copy. What the thread saw, requests of
/// placed values and the values of unplaced ones, goes to the label every 64 unplaced or 1,024 placed requests and with
/// ``flush()``; whoever is not always busy calls that about once a second. When a place has changed hands, the next
/// `find` copies the change first. So no thread writes a demoted value's series once its next request has begun.
///
/// Not Sendable: one thread at a time.
public final class LabelCache {
    private struct Entry {
        var hash: UInt64 = 0
        /// 0: the seat's value is not counted by name.
        var generation: UInt32 = 0
        /// Requests since the last flush.
        var count: UInt32 = 0
    }

    /// Unplaced requests, and placed ones, after which the label is told.
    private static let unplacedBatch = 64
    private static let placedBatch = 1024

    private let label: BoundedLabel
    private let fixedSeats: Int
    private let longest: Int
    private let entries: UnsafeMutablePointer<Entry>
    private let seats: Int
    private let values: ValueRows
    private let index: HashIndex
    private var epoch: UInt64 = 0
    private var isOpen = false
    private let touched: UnsafeMutablePointer<Int32>
    private var touchedCount = 0
    private var placedRequests = 0
    private let unplaced: ValueRows
    private let unplacedHashes: UnsafeMutablePointer<UInt64>
    private let unplacedCounts: UnsafeMutablePointer<UInt32>
    private var unplacedCount = 0
    private var overflow: UInt64 = 0

    init(_ label: BoundedLabel) {
        self.label = label
        fixedSeats = label.policy.fixedSeats
        longest = label.policy.longestValueBytes
        seats = label.policy.valueBound
        entries = .allocate(capacity: seats)
        entries.initialize(repeating: Entry(), count: seats)
        values = ValueRows(rows: seats, longest: longest)
        index = HashIndex(rows: seats)
        touched = .allocate(capacity: LabelCache.placedBatch)
        unplaced = ValueRows(rows: LabelCache.unplacedBatch, longest: longest)
        unplacedHashes = .allocate(capacity: LabelCache.unplacedBatch)
        unplacedCounts = .allocate(capacity: LabelCache.unplacedBatch)
        label.table.withLock { table in
            for seat in 0..<seats { copy(seat, from: table) }
            epoch = table.changes.count
            isOpen = table.isOpen
        }
    }

    deinit {
        flush()
        entries.deallocate()
        touched.deallocate()
        unplacedHashes.deallocate()
        unplacedCounts.deallocate()
    }

    /// Bytes of one cache.
    static func byteCount(_ policy: LabelPolicy) -> Int {
        let seats = policy.valueBound
        return seats * MemoryLayout<Entry>.stride + HashIndex.byteCount(rows: seats)
            + ValueRows.byteCount(rows: seats, longest: policy.longestValueBytes)
            + ValueRows.byteCount(rows: unplacedBatch, longest: policy.longestValueBytes)
            + placedBatch * MemoryLayout<Int32>.stride
            + unplacedBatch * (MemoryLayout<UInt64>.stride + MemoryLayout<UInt32>.stride)
    }

    /// The place under which requests with this value are counted now, and takes note of `count` of them.
    ///
    /// With a count of 0 it only asks. An empty value is `_none`; one that is longer than
    /// ``LabelPolicy/longestValueBytes`` or no UTF-8 is `_other`.
    public func find(_ value: UnsafeRawBufferPointer, count: Int = 1) -> LabelPlace {
        if label.epoch.load(ordering: .relaxed) != epoch { catchUp() }
        let hash = KeyedHash.hash(value)
        guard let seat = index.find(hash, where: { entries[$0].hash == hash && values.equals($0, value) }) else {
            return miss(value, hash, UInt32(clamping: count))
        }
        let place = LabelPlace(index: seat, generation: entries[seat].generation)
        if count > 0 { note(seat, UInt32(clamping: count)) }
        return place
    }

    @inline(__always)
    private func note(_ seat: Int, _ amount: UInt32) {
        if seat == LabelPlace.other.index { overflow &+= UInt64(amount) }
        guard seat >= fixedSeats else { return }
        let before = entries[seat].count
        entries[seat].count = before.addingClamped(amount)
        if before == 0 {
            touched[touchedCount] = Int32(truncatingIfNeeded: seat)
            touchedCount &+= 1
        }
        placedRequests &+= 1
        if placedRequests == LabelCache.placedBatch { flush() }
    }

    private func miss(_ value: UnsafeRawBufferPointer, _ hash: UInt64, _ amount: UInt32) -> LabelPlace {
        guard !value.isEmpty else { return .none }
        guard amount > 0 else { return .other }
        guard value.count <= longest, LabelText.isValid(value) else {
            overflow &+= UInt64(amount)
            return .other
        }
        if isOpen { return ask(value, hash, amount) }
        overflow &+= UInt64(amount)
        unplaced.set(unplacedCount, value)
        unplacedHashes[unplacedCount] = hash
        unplacedCounts[unplacedCount] = amount
        unplacedCount &+= 1
        if unplacedCount == LabelCache.unplacedBatch { flush() }
        return .other
    }

    /// Asks the label itself, while it gives places to whoever comes.
    private func ask(_ value: UnsafeRawBufferPointer, _ hash: UInt64, _ amount: UInt32) -> LabelPlace {
        let now = label.clock()
        let place = label.table.withLock { table in
            table.advance(to: now)
            let seat = table.request(value, hash, amount)
            label.publish(table)
            return table.place(seat)
        }
        if place == .other { overflow &+= UInt64(amount) }
        return place
    }

    /// Tells the label what this thread has seen since the last time.
    public func flush() {
        guard touchedCount > 0 || unplacedCount > 0 || overflow > 0 else { return }
        let now = label.clock()
        label.table.withLock { table in
            table.advance(to: now)
            for position in 0..<touchedCount {
                let seat = Int(touched[position])
                let entry = entries[seat]
                table.note(LabelPlace(index: seat, generation: entry.generation), entry.count)
                entries[seat].count = 0
            }
            for row in 0..<unplacedCount {
                _ = table.request(unplaced[row], unplacedHashes[row], unplacedCounts[row])
            }
            label.publish(table)
        }
        label.countOverflow(overflow)
        overflow = 0
        touchedCount = 0
        placedRequests = 0
        unplacedCount = 0
    }

    /// Copies what has changed.
    private func catchUp() {
        label.table.withLock { table in
            if let changed = table.changes.seats(after: epoch) {
                for seat in changed { copy(seat, from: table) }
            } else {
                for seat in 0..<seats { copy(seat, from: table) }
            }
            epoch = table.changes.count
            isOpen = table.isOpen
        }
    }

    private func copy(_ seat: Int, from table: borrowing PlaceTable) {
        if entries[seat].generation > 0 { index.remove(entries[seat].hash, row: seat) }
        // What was not reported yet stays in `touched` and is nothing by then.
        entries[seat] = Entry()
        let occupant = table.seats[seat]
        guard occupant.state.isCounted else { return }
        values.set(seat, table.values[seat])
        entries[seat].hash = occupant.hash
        entries[seat].generation = occupant.generation
        index.insert(occupant.hash, row: seat)
    }
}
