import Locking
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// A thread that does a turn of work whenever it is woken, and sleeps in between.
final class TurnThread: @unchecked Sendable {
    private let pipe: WakePipe
    private let hasToStop = Atomic<Bool>(false)
    /// Only touched by whoever starts and stops.
    private var thread: PlatformThread?

    init() throws(SystemError) {
        pipe = try WakePipe()
    }

    /// Whether a stop was asked for: long turns look here.
    var isStopping: Bool { hasToStop.load(ordering: .acquiring) }

    /// - Parameter turn: does what there is to do, and returns after how many milliseconds it wants to be called again
    ///   though nobody wakes it; -1 for never. It is called once at the start.
    func start(name: String, _ turn: @escaping @Sendable () -> Int32) throws(SystemError) {
        thread = try PlatformThread(name: name) { [self] in
            while !isStopping {
                let millis = turn()
                var polled = pollfd(fd: pipe.readEnd, events: Int16(POLLIN), revents: 0)
                _ = poll(&polled, 1, millis)
                pipe.drain()
            }
        }
    }

    /// Any thread. What was done before this call is seen by a turn after it.
    func wake() { pipe.wake() }

    /// Waits for a turn that has begun, unless it is to be left behind because it hangs in a system call.
    func stop(leavingBehind: () -> Bool = { false }) {
        hasToStop.store(true, ordering: .releasing)
        pipe.wake()
        if leavingBehind() { thread?.detach() } else { thread?.join() }
        thread = nil
    }
}
