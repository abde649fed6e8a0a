import Synchronization

/// Repeats blocking work on a worker. The beat is kept while the work is faster than its period; rounds never overlap.
final class Ticker: Sendable {
    private let loop: IOLoop
    private let worker: Worker
    private let work: @Sendable () -> Int64
    private let isStopped = StopFlag()

    /// - Parameter work: returns the milliseconds from its beginning to the next round's.
    init(loop: IOLoop, worker: Worker, work: @escaping @Sendable () -> Int64) {
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
        let begin = SteadyTime.nanos()
        worker.submit {
            let period = self.work()
            let (periodNanos, isLong) = max(period, 1).multipliedReportingOverflow(by: 1_000_000)
            let next = SteadyTime.after(isLong ? .max : periodNanos, from: begin)
            self.loop.schedule(afterNanos: max(0, next - SteadyTime.nanos())) { self.round() }
        }
    }
}

/// The first of several that come.
final class OnceFlag: Sendable {
    private let isTaken = Atomic(false)

    init() {}

    /// True once.
    func claim() -> Bool { !isTaken.exchange(true, ordering: .acquiringAndReleasing) }
}

/// Set once, read from any thread.
final class StopFlag: Sendable {
    private let flag = Atomic(false)

    init() {}

    var isSet: Bool { flag.load(ordering: .acquiring) }

    func set() { flag.store(true, ordering: .releasing) }
}
