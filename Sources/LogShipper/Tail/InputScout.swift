import Locking
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Looks at one input's globs on a thread of its own, because a mount that is dead may never answer a `stat`: then only
/// this input goes without looks.
final class InputScout: @unchecked Sendable {
    private struct State {
        var askedNanos: Int64?
        var look: PathPattern.Look?
    }

    private let body: @Sendable () -> PathPattern.Look
    private let wakeReader: @Sendable () -> Void
    private let wake: WakePipe
    private let state = Locked(State())
    private let isStopping = Atomic<Bool>(false)
    private var thread: PlatformThread?

    init(_ body: @escaping @Sendable () -> PathPattern.Look, wakeReader: @escaping @Sendable () -> Void)
        throws(SystemError)
    {
        self.body = body
        self.wakeReader = wakeReader
        wake = try WakePipe()
        thread = try PlatformThread(name: "scout") { [self] in run() }
    }

    /// Asks for a look; false, and nothing happens, while the last one has not come back.
    @discardableResult
    func ask(nowNanos: Int64) -> Bool {
        let isNew = state.withLock { state in
            guard state.askedNanos == nil, state.look == nil else { return false }
            state.askedNanos = nowNanos
            return true
        }
        if isNew { wake.wake() }
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
    func stop() {
        isStopping.store(true, ordering: .releasing)
        wake.wake()
        if state.withLock({ $0.askedNanos == nil }) { thread?.join() } else { thread?.detach() }
        thread = nil
    }

    private func run() {
        while !isStopping.load(ordering: .acquiring) {
            var polled = pollfd(fd: wake.readEnd, events: Int16(POLLIN), revents: 0)
            _ = poll(&polled, 1, -1)
            wake.drain()
            guard !isStopping.load(ordering: .acquiring), state.withLock({ $0.askedNanos != nil }) else { continue }
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
}
