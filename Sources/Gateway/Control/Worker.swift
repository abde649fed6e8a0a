import NIOPosix
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// One thread or a few for work that blocks, so that no event loop has to.
final class Worker: Sendable {
    private let pool: NIOThreadPool
    private let isBackground: Bool
    private let isStopped = Atomic(false)

    /// Starts the threads; with one, work runs in the order in which it was submitted.
    ///
    /// - Parameter isBackground: On a busy machine the event loops go first.
    init(threads: Int = 1, isBackground: Bool = false) {
        self.isBackground = isBackground
        pool = NIOThreadPool(numberOfThreads: threads)
        pool.start()
    }

    /// Runs the work after what was submitted before.
    ///
    /// - Parameter cancelled: called in place of the work when the worker stops before its turn.
    /// - Returns: false when the worker was stopped already; neither closure is called then.
    @discardableResult
    func submit(
        _ work: @escaping @Sendable () -> Void, cancelled: @escaping @Sendable () -> Void = {}
    ) -> Bool {
        guard !isStopped.load(ordering: .acquiring) else { return false }
        pool.submit { [isBackground] state in
            if isBackground { Self.giveWay() }
            if case .active = state { work() } else { cancelled() }
        }
        return true
    }

    /// Lowers the calling thread's priority, which Linux has for each thread: about a tenth of a busy event loop's share.
    private static func giveWay() {
        #if canImport(Glibc)
        _ = setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, 10)
        #elseif canImport(Musl)
        _ = setpriority(PRIO_PROCESS, 0, 10)
        #endif
    }

    /// Takes no more work and waits for what is running.
    func stop() async {
        isStopped.store(true, ordering: .releasing)
        try? await pool.shutdownGracefully()
    }
}
