import Synchronization

/// What the table knows to be refused, so that a flood of label sets without room does not wait for the lock.
extension SeriesTable {
    /// Why nothing could be made the last time, if that is sure to last; written under the lock.
    struct NoRoom: ~Copyable, Sendable {
        /// Size classes of records, as bits, for which the arena is full; all when too many series are at rest.
        let classes = Atomic<UInt64>(0)
        /// By the registry's clock, the time until which that stays so.
        let untilNanos = Atomic<UInt64>(0)
    }

    /// True when no child with this key could be made, and there is none; when in doubt, false. Any thread.
    func isCertainlyRefused(_ key: UnsafeRawBufferPointer, hash: UInt64, room: Room = .own) -> Bool {
        // Reserved series have room whatever the arena says.
        let isBounded = room != .reserved
        guard isFull(room) || isBounded && hasNoRoom(key), let version = index.stableVersion,
            place(of: key, hash: hash) == nil
        else { return false }
        // A child that was made meanwhile would have changed the version.
        let isStillRefused = isFull(room) || isBounded && noRoom.classes.load(ordering: .acquiring) != 0
        return isStillRefused && index.isStill(version)
    }

    private func isFull(_ room: Room) -> Bool {
        switch room {
        case .own: isFull
        case .overflow, .reserved: isOverflowFull(room)
        case .always: false
        }
    }

    private func hasNoRoom(_ key: UnsafeRawBufferPointer) -> Bool {
        let classes = noRoom.classes.load(ordering: .acquiring)
        guard classes != 0, context.clock() < noRoom.untilNanos.load(ordering: .relaxed) else { return false }
        return classes == .max || shape.prefix.withText(of: key) { classes & bit(key, text: $0) != 0 }
    }

    private func bit(_ key: UnsafeRawBufferPointer, text: UnsafeRawBufferPointer) -> UInt64 {
        let size = SeriesRecord.byteCount(key: key.count, text: text.count)
        return size <= RecordArena.maxBytes ? 1 << UInt64(SizeClass(size).number) : 0
    }

    /// Notes that too many series are at rest. Under the lock.
    func noteRestIsFull(_ state: State) { note(.max, state) }

    /// Notes that the arena has no block for such a record. Under the lock.
    func noteArenaIsFull(_ key: UnsafeRawBufferPointer, text: UnsafeRawBufferPointer, _ state: State) {
        note(bit(key, text: text), state)
    }

    private func note(_ classes: UInt64, _ state: State) {
        noRoom.untilNanos.store(state.quarantine.nextTake(after: context.clock()), ordering: .relaxed)
        noRoom.classes.bitwiseOr(classes, ordering: .releasing)
    }

    /// Notes that a series went to rest, whose block a later one may get. Under the lock.
    func noteRemoval(now: UInt64, _ state: State) {
        guard noRoom.classes.load(ordering: .relaxed) != 0 else { return }
        noRoom.untilNanos.store(state.quarantine.nextTake(after: now), ordering: .relaxed)
    }

    /// Notes that the rest of some series is over. Under the lock.
    func noteReclaimed() { noRoom.classes.store(0, ordering: .releasing) }
}
