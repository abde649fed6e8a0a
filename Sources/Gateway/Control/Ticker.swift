import NIOCore
import Synchronization

/// Repeats blocking work on a worker. The beat is kept while the work is faster than its period; rounds never overlap.
final class Ticker: Sendable {
    private let loop: any EventLoop
    private let worker: Worker
    private let work: @Sendable () -> Int64
    private let isStopped = StopFlag()

    /// - Parameter work: returns the milliseconds from its beginning to the next round's.
    init(loop: any EventLoop, worker: Worker, work: @escaping @Sendable () -> Int64) {
        self.loop = loop
        self.worker = worker
        self.work = work
    }

    /// The first round begins at once.
    func start() { round() }

    /// No new round begins.
    func stop() { isStopped.set() }

    private func round() {
        guard !isStopped.isSet else { return }
        let begin = NIODeadline.now()
        worker.submit {
            let period = self.work()
            let next = max(begin + .milliseconds(max(period, 1)), NIODeadline.now())
            self.loop.scheduleTask(deadline: next) { self.round() }
        }
    }
}

/// Set once, read from any thread.
final class StopFlag: Sendable {
    private let flag = Atomic(false)

    init() {}

    var isSet: Bool { flag.load(ordering: .acquiring) }

    func set() { flag.store(true, ordering: .releasing) }
}
