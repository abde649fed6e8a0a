import NIOPosix
import Synchronization

/// One thread or a few for work that blocks, so that no event loop has to.
final class Worker: Sendable {
    private let pool: NIOThreadPool
    private let isStopped = Atomic(false)

    /// Starts the threads; with one, work runs in the order in which it was submitted.
    init(threads: Int = 1) {
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
        pool.submit { state in
            if case .active = state { work() } else { cancelled() }
        }
        return true
    }

    /// Takes no more work and waits for what is running.
    func stop() async {
        isStopped.store(true, ordering: .releasing)
        try? await pool.shutdownGracefully()
    }
}
