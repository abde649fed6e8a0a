import Synchronization

/// Tells whether a thread still goes round its loop: the thread beats once a turn, others look how long ago that was.
final class Heartbeat: Sendable {
    /// No turn takes that long: threads sleep for at most a second. A disk that hangs is the usual reason beyond it.
    static let stuckAfterNanos: Int64 = 60_000_000_000

    private let last: Atomic<Int64>
    private let isOver = Atomic<Bool>(false)

    init(_ now: Int64 = Clock.monotonicNanos()) {
        last = Atomic(now)
    }

    /// The thread's own.
    func beat(_ now: Int64) { last.store(now, ordering: .relaxed) }

    /// The thread has ended as it should; silence is no fault any more.
    func end() { isOver.store(true, ordering: .relaxed) }

    /// For how long there was no beat, where that means that the thread is stuck; else nil.
    func stuckNanos(_ now: Int64) -> Int64? {
        guard !isOver.load(ordering: .relaxed) else { return nil }
        let silence = now - last.load(ordering: .relaxed)
        return silence >= Heartbeat.stuckAfterNanos ? silence : nil
    }
}
