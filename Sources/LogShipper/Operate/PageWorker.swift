import Locking
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// The thread that renders pages of metrics, so that the ops listener answers probes meanwhile.
final class PageWorker: @unchecked Sendable {
    private let work = Mailbox<@Sendable () -> Void>()
    private let wake: WakePipe
    private let isStopping = Atomic<Bool>(false)
    private var thread: PlatformThread?

    init() throws(SystemError) { wake = try WakePipe() }

    func start() throws(SystemError) {
        thread = try PlatformThread(name: "pages") { [self] in run() }
    }

    /// Runs the work after what was submitted before; false when the worker has been stopped. Any thread.
    func submit(_ body: @escaping @Sendable () -> Void) -> Bool {
        guard !isStopping.load(ordering: .acquiring) else { return false }
        work.post(body)
        wake.wake()
        return true
    }

    /// Waits for the work that is running; what has not begun is dropped.
    func stop() {
        isStopping.store(true, ordering: .releasing)
        wake.wake()
        thread?.join()
        thread = nil
        _ = work.takeAll()
    }

    private func run() {
        while !isStopping.load(ordering: .acquiring) {
            var polled = pollfd(fd: wake.readEnd, events: Int16(POLLIN), revents: 0)
            _ = poll(&polled, 1, -1)
            wake.drain()
            for body in work.takeAll() where !isStopping.load(ordering: .acquiring) { body() }
        }
    }
}
