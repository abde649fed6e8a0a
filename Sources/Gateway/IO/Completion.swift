import Locking

/// Something that happens once and that threads and tasks can wait for.
public final class Completion: Sendable {
    private struct State {
        var isDone = false
        var waiting: [@Sendable () -> Void] = []
    }

    private let state = Monitor(State())

    init() {}

    /// Completes after all of these have.
    init(all parts: [Completion]) {
        let left = Locked(parts.count)
        let shared = Countdown(left)
        if parts.isEmpty { complete() }
        for part in parts {
            part.whenDone { if shared.isLast() { self.complete() } }
        }
    }

    func complete() {
        let waiting = state.withLock { state in
            state.isDone = true
            defer { state.waiting = [] }
            return state.waiting
        }
        state.changed()
        for call in waiting { call() }
    }

    /// Calls at once when it has happened, else later, on any thread.
    func whenDone(_ call: @escaping @Sendable () -> Void) {
        let isDone = state.withLock { state in
            if !state.isDone { state.waiting.append(call) }
            return state.isDone
        }
        if isDone { call() }
    }

    /// Blocks until it has happened.
    public func wait() {
        state.wait { $0.isDone ? .done(()) : .wait(nanos: 1_000_000_000) }
    }

    /// Suspends until it has happened.
    public func get() async {
        await withCheckedContinuation { continuation in whenDone { continuation.resume() } }
    }
}

/// Counts the parts that are still to come.
private final class Countdown: Sendable {
    private let left: Locked<Int>

    init(_ left: consuming Locked<Int>) { self.left = left }

    func isLast() -> Bool {
        left.withLock { left in
            left -= 1
            return left == 0
        }
    }
}
