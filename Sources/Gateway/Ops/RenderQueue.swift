import Locking

/// Renders pages on a worker. Requests for a page that is being rendered get that rendering, so that many scrapers
/// cost as much as one.
final class RenderQueue: Sendable {
    private let worker: Worker
    /// Takes a page, or nil when the program is ending.
    typealias Taker = @Sendable ([UInt8]?) -> Void

    private let waiting = Locked<[String: [Taker]]>([:])

    init(worker: Worker) {
        self.worker = worker
    }

    /// Hands the page's bytes to `taker`, on any thread.
    func page(_ name: String, _ render: @escaping @Sendable () -> [UInt8], to taker: @escaping Taker) {
        let isFirst = waiting.withLock { waiting in
            waiting[name, default: []].append(taker)
            return waiting[name]?.count == 1
        }
        if isFirst {
            let isSubmitted = worker.submit {
                self.finish(name, render())
            } cancelled: {
                self.finish(name, nil)
            }
            if !isSubmitted { finish(name, nil) }
        }
    }

    private func finish(_ name: String, _ page: [UInt8]?) {
        for taker in waiting.withLock({ $0.removeValue(forKey: name) ?? [] }) { taker(page) }
    }
}
