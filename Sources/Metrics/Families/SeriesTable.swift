import Exposition
import Locking
import Synchronization

/// The children of one family: found without a lock, made and removed under one.
///
/// ``SeriesIndex`` finds a record's place from the hash of its key, ``RecordArena`` holds the records, and `slots` has
/// their order for scrapes.
final class SeriesTable: Sendable {
    /// What the family's children have in common.
    struct Shape: Sendable {
        let instrument: InstrumentShape
        let prefix: LinePrefix
        /// True when a sweep looks at the values.
        let tracksIdle: Bool
    }

    struct State {
        var arena: RecordArena
        /// Places of the records; a hole is 0 and waits in `freeSlots`.
        var slots: [UInt32] = []
        var freeSlots: [UInt32] = []
        /// Children at the moment, and how many of them are overflow series.
        var count = 0
        var overflowCount = 0
        /// The sequence number of the next child.
        var nextSequence: UInt64 = 0
        var quarantine = RecordQuarantine()
        /// Cells whose rest is over.
        var freeCells: [CellHandle] = []
        /// By slot, where the family has an idle expiry.
        var idle: [IdleMark] = []
    }

    let hash = LabelHash.process
    let index = SeriesIndex()
    let directory: RecordDirectory
    let shape: Shape
    /// How many series there may be.
    let limits: SeriesLimits
    let context: StoreContext
    let state: Locked<State>
    private let cellsPerChild: Int
    /// True when fresh cells need nothing more to be a child's.
    private let startsAtZero: Bool
    /// Children without the overflow series; written under the lock.
    private let ownCount = Atomic<Int>(0)
    /// Overflow series; written under the lock.
    private let overflowCount = Atomic<Int>(0)
    let noRoom = NoRoom()

    init(_ shape: Shape, limits: SeriesLimits, context: StoreContext) {
        self.shape = shape
        self.limits = limits
        self.context = context
        let details = shape.instrument.details.pointee
        cellsPerChild = details.cellsPerChild
        startsAtZero = details.kind != .info && !details.hasAuxiliaryWord
        let arena = RecordArena(limitBytes: SeriesTable.arenaLimit(shape, limits))
        directory = arena.directory
        state = Locked(State(arena: arena))
    }

    deinit { directory.deallocate() }

    /// Bytes of label values that a series may have on average before the family counts as full.
    static let keyBudget = 128

    /// Bytes that all records may take: those in use and those at rest, with values of ``keyBudget`` bytes.
    ///
    /// Values stand in the key and in the text. Two of the longest records fit in any case.
    static func arenaLimit(_ shape: Shape, _ limits: SeriesLimits) -> Int {
        let bytes = SeriesRecord.byteCount(key: keyBudget, text: shape.prefix.fixedBytes + keyBudget)
        return (2 * limits.rest + limits.overflow + 2 * limits.reserved) * bytes + 2 * RecordArena.maxBytes
    }

    /// Changes the limits, which can only grow.
    func grow(_ change: (SeriesLimits) -> Void) {
        state.withLock { state in
            change(limits)
            state.arena.raiseLimit(to: SeriesTable.arenaLimit(shape, limits))
            noteReclaimed()
        }
    }

    /// True when a series that isn't there could not be made, because the limit is reached; any thread.
    @inline(__always)
    var isFull: Bool { ownCount.load(ordering: .acquiring) >= limits.own }

    /// True when no further overflow series could be made in this room; any thread.
    func isOverflowFull(_ room: Room) -> Bool { overflowCount.load(ordering: .acquiring) >= overflowLimit(room) }

    private func overflowLimit(_ room: Room) -> Int {
        switch room {
        case .own: 0
        case .overflow: limits.overflow
        case .reserved: limits.overflow + limits.reserved + 1
        case .always: .max
        }
    }

    /// Children at the moment, overflow series included.
    var count: Int { state.withLock { $0.count } }

    /// Where a new child may find room.
    enum Room {
        /// Within the limit.
        case own
        /// Among the overflow series.
        case overflow
        /// Among those whose labels are `_other` but for the bounded ones; they need not wait for others' rest.
        case reserved
        /// On top of everything: for the one series that takes what finds no room elsewhere.
        case always
    }

    /// The cells of the child with this key, made if there is room for one more.
    func findOrMake(_ key: UnsafeRawBufferPointer, hash: UInt64, room: Room = .own) -> CellHandle? {
        state.withLock { state in
            if let place = place(of: key, hash: hash) { return directory.header(at: place).pointee.cells }
            reclaim(2, in: &state)
            if room == .own || room == .overflow, state.quarantine.count >= limits.rest {
                noteRestIsFull(state)
                return nil
            }
            return has(room, in: state) ? make(key, hash: hash, room: room, in: &state) : nil
        }
    }

    private func has(_ room: Room, in state: State) -> Bool {
        switch room {
        case .own: state.count - state.overflowCount < limits.own
        case .overflow, .reserved, .always: state.overflowCount < overflowLimit(room)
        }
    }

    private func make(
        _ key: UnsafeRawBufferPointer, hash: UInt64, room: Room, in state: inout State
    ) -> CellHandle? {
        shape.prefix.withText(of: key) { text in
            let size = SeriesRecord.byteCount(key: key.count, text: text.count)
            let place = state.arena.allocate(size, beyondLimit: room == .always || room == .reserved)
            guard place != 0 else {
                noteArenaIsFull(key, text: text, state)
                return nil
            }
            let cells = takeCells(&state)
            let slot = takeSlot(place, in: &state)
            let header = SeriesRecord.Header(
                cells: cells, sequence: state.nextSequence, createdMillis: context.wallClock(),
                textBytes: UInt32(text.count), slot: slot, keyBytes: UInt16(key.count), isOverflow: room != .own,
                nextFree: 0)
            SeriesRecord(directory.header(at: place)).write(header, key: key, text: text)
            index.insert(hash, place: place, count: state.count)
            state.nextSequence += 1
            count(1, isOverflow: room != .own, in: &state)
            return cells
        }
    }

    private func takeCells(_ state: inout State) -> CellHandle {
        guard !state.freeCells.isEmpty else {
            let fresh = context.slabs.allocate(cellsPerChild)
            if !startsAtZero { fresh.prepare(shape.instrument) }
            return fresh
        }
        let rested = state.freeCells.removeLast()
        rested.prepare(shape.instrument)
        return rested
    }

    private func takeSlot(_ place: UInt32, in state: inout State) -> UInt32 {
        let slot: Int
        if let hole = state.freeSlots.popLast() {
            slot = Int(hole)
            state.slots[slot] = place
        } else {
            slot = state.slots.count
            state.slots.append(place)
        }
        if shape.tracksIdle {
            let mark = IdleMark(fingerprint: 0, changedNanos: context.clock())
            if slot < state.idle.count { state.idle[slot] = mark } else { state.idle.append(mark) }
        }
        return UInt32(slot)
    }

    private func count(_ change: Int, isOverflow: Bool, in state: inout State) {
        state.count += change
        if isOverflow { state.overflowCount += change }
        ownCount.store(state.count - state.overflowCount, ordering: .releasing)
        overflowCount.store(state.overflowCount, ordering: .releasing)
    }

    /// Takes up to `limit` series whose rest is over back into use.
    func reclaim(_ limit: Int, in state: inout State) {
        guard state.quarantine.count > 0 else { return }
        state.quarantine.observe(context.clock())
        for _ in 0..<limit {
            guard let entry = state.quarantine.take() else { return }
            noteReclaimed()
            let record = SeriesRecord(directory.header(at: entry.place))
            state.freeCells.append(
                record.cells.with(generation: entry.generation))
            state.arena.release(entry.place, byteCount: record.byteCount)
        }
    }

    /// Makes the series with this key vanish; handles that are still around write nothing any more.
    func remove(_ key: UnsafeRawBufferPointer) -> Bool {
        let hash = hash.hash(ofKey: key)
        return state.withLock { state in
            guard let place = place(of: key, hash: hash) else { return false }
            remove(place, hash: hash, in: &state)
            return true
        }
    }

    /// The same for a record of the table.
    func remove(_ place: UInt32, hash: UInt64, in state: inout State) {
        let record = SeriesRecord(directory.header(at: place))
        index.remove(hash, place: place)
        let generation = record.cells.retire()
        let slot = record.header.pointee.slot
        state.slots[Int(slot)] = 0
        state.freeSlots.append(slot)
        count(-1, isOverflow: record.isOverflow, in: &state)
        let now = context.clock()
        state.quarantine.add(place, generation: generation, now: now)
        noteRemoval(now: now, state)
    }
}
