import Locking

/// Looks at one input's globs on a thread of its own, because a mount that is dead may never answer a `stat`: then only
/// this input goes without looks.
final class InputScout: @unchecked Sendable {
    private struct State {
        var askedNanos: Int64?
        var look: PathPattern.Look?
    }

    private let body: @Sendable () -> PathPattern.Look
    private let wakeReader: @Sendable () -> Void
    private let state = Locked(State())
    private let thread: TurnThread

    init(_ body: @escaping @Sendable () -> PathPattern.Look, wakeReader: @escaping @Sendable () -> Void)
        throws(SystemError)
    {
        self.body = body
        self.wakeReader = wakeReader
        thread = try TurnThread()
        try thread.start(name: "scout") { [self] in
            lookIfAsked()
            return -1
        }
    }

    /// Asks for a look; false, and nothing happens, while the last one has not come back.
    @discardableResult
    func ask(nowNanos: Int64) -> Bool {
        let isNew = state.withLock { state in
            guard state.askedNanos == nil, state.look == nil else { return false }
            state.askedNanos = nowNanos
            return true
        }
        if isNew { thread.wake() }
        return isNew
    }

    /// A look that was finished since the last call.
    func take() -> PathPattern.Look? {
        state.withLock { state in
            defer { state.look = nil }
            return state.look
        }
    }

    /// How long the look that is under way has taken.
    func busyNanos(nowNanos: Int64) -> Int64 { state.withLock { $0.askedNanos.map { nowNanos - $0 } ?? 0 } }

    /// Ends the thread; one that hangs in a system call is left behind.
    func stop() { thread.stop(leavingBehind: { state.withLock { $0.askedNanos != nil } }) }

    private func lookIfAsked() {
        guard state.withLock({ $0.askedNanos != nil }) else { return }
        let begin = Clock.threadCPUNanos()
        var look = body()
        look.costNanos = Clock.threadCPUNanos() - begin
        state.withLock { state in
            state.askedNanos = nil
            state.look = look
        }
        wakeReader()
    }
}
