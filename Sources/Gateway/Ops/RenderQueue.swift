import Locking
import NIOCore

/// Renders pages on a worker. Requests for a page that is being rendered get that rendering, so that many scrapers
/// cost as much as one.
final class RenderQueue: Sendable {
    private let worker: Worker
    private let waiting = Locked<[String: [EventLoopPromise<[UInt8]>]]>([:])

    init(worker: Worker) {
        self.worker = worker
    }

    /// The page's bytes; fails only when the program is ending.
    func page(
        _ name: String, on loop: any EventLoop, _ render: @escaping @Sendable () -> [UInt8]
    ) -> EventLoopFuture<[UInt8]> {
        let promise = loop.makePromise(of: [UInt8].self)
        let isFirst = waiting.withLock { waiting in
            waiting[name, default: []].append(promise)
            return waiting[name]?.count == 1
        }
        if isFirst {
            let isSubmitted = worker.submit {
                self.finish(name, .success(render()))
            } cancelled: {
                self.finish(name, .failure(RenderingStopped()))
            }
            if !isSubmitted { finish(name, .failure(RenderingStopped())) }
        }
        return promise.futureResult
    }

    private func finish(_ name: String, _ result: Result<[UInt8], any Error>) {
        for promise in waiting.withLock({ $0.removeValue(forKey: name) ?? [] }) { promise.completeWith(result) }
    }
}

/// The program is ending.
struct RenderingStopped: Error {}
