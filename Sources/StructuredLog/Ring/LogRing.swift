import Locking
import Synchronization

/// The lines of one event loop on their way to the writer thread.
///
/// Only one thread may offer to a ring, except to ring 0, which locks and takes lines from any thread. Offering
/// allocates nothing, waits for nothing and, as long as the writer keeps up, makes no system call.
public final class LogRing: @unchecked Sendable {
    /// The `loop` of this ring's lines.
    public let index: Int
    let bytes: ByteRing
    private let wakeup: WriterWakeup
    private let health: SinkHealth
    private let isShared: Bool
    private let lock = Locked(())
    /// Everything below belongs to the producer (under the lock, in ring 0).
    private var access: AccessLineEncoder
    private var record: RecordEncoder
    private var position = 0
    private var consumed = 0
    private var sequence: UInt64 = 0
    private let dropped = DropCounters()
    private let offered = Atomic<Int>(0)

    init(index: Int, ringBytes: Int, run: String, queries: QueryPolicy, wakeup: WriterWakeup, health: SinkHealth) {
        self.index = index
        self.wakeup = wakeup
        self.health = health
        isShared = index == 0
        bytes = ByteRing(bytes: ringBytes, longestLine: LineLimits.lineBytes)
        access = AccessLineEncoder(run: run, loop: index, queries: queries)
        record = RecordEncoder(run: run, loop: index)
    }

    /// Takes the line if there is room. `false`: it was dropped and counted; its `seq` is missing in the file.
    @discardableResult
    public func offer(_ entry: borrowing AccessEntry) -> Bool {
        guard isShared else { return offerOwned(entry) }
        let shared = copy entry
        return lock.withLock { _ in offerOwned(shared) }
    }

    /// An app or audit line; the same rules. Use it on ring 0, see ``LogSink/write(_:)``.
    @discardableResult
    public func offer(_ line: LogRecord) -> Bool {
        guard isShared else { return offerOwned(line) }
        return lock.withLock { _ in offerOwned(line) }
    }

    /// How many lines were offered so far, dropped ones included. Any thread.
    public var offeredLines: Int { offered.load(ordering: .relaxed) }

    /// How many lines were dropped so far. Any thread.
    public func droppedLines(_ reason: DropReason) -> Int { dropped[reason] }

    @inline(__always)
    private func offerOwned(_ entry: borrowing AccessEntry) -> Bool {
        let number = nextSequence()
        let worst = access.worstCase(entry)
        guard reserve(worst) else { return false }
        var cursor = LineCursor(at: bytes.memory(at: position))
        access.encode(entry, sequence: number, to: &cursor)
        assert(cursor.count <= worst)
        publish(cursor.count)
        return true
    }

    private func offerOwned(_ line: LogRecord) -> Bool {
        let number = nextSequence()
        guard reserve(LineLimits.lineBytes) else { return false }
        var cursor = LineCursor(at: bytes.memory(at: position))
        record.encode(line, sequence: number, to: &cursor)
        assert(cursor.count <= LineLimits.lineBytes)
        publish(cursor.count)
        return true
    }

    @inline(__always)
    private func nextSequence() -> UInt64 {
        sequence &+= 1
        offered.store(Int(truncatingIfNeeded: sequence), ordering: .relaxed)
        return sequence
    }

    @inline(__always)
    private func reserve(_ count: Int) -> Bool {
        if bytes.capacity - (position - consumed) < count {
            consumed = bytes.consumed()
            if bytes.capacity - (position - consumed) < count {
                drop(health.isFailing ? .writeError : .ringFull)
                return false
            }
        }
        if health.isClosed {
            drop(.closed)
            return false
        }
        return true
    }

    private func drop(_ reason: DropReason) {
        countDropped(1, reason)
        wakeup.nudge()
    }

    @inline(__always)
    private func publish(_ count: Int) {
        bytes.commit(at: position, count: count)
        position += count
        // Look again before waking anybody: what was consumed may have been read half a ring ago.
        if position - consumed > bytes.capacity / 2 { consumed = bytes.consumed() }
        // Lines are rare here, and the writer may sleep for long: it sees the line, or this sees that it sleeps.
        if isShared { atomicMemoryFence(ordering: .sequentiallyConsistent) }
        wakeup.producerPublished(used: position - consumed, capacity: bytes.capacity)
    }

    /// Counts lines that will never be written; the writer does so after the deadline of a close.
    func countDropped(_ lines: Int, _ reason: DropReason) {
        dropped.add(lines, reason)
    }
}
