import Foundation
import Locking
import TestSupport

/// Runs `body` for every index on a few threads of their own, since it blocks, and waits for all of them.
func onThreads(_ threads: Int, count: Int, _ body: @escaping @Sendable (Int) -> Void) {
    let next = Locked(0)
    let finished = DispatchGroup()
    for _ in 0..<min(threads, count) {
        finished.enter()
        Thread.detachNewThread {
            while true {
                let index = next.withLock { value in
                    defer { value += 1 }
                    return value
                }
                guard index < count else { break }
                body(index)
            }
            finished.leave()
        }
    }
    finished.wait()
}

/// A thread that repeats something until it is told to stop.
final class BackgroundLoop: Sendable {
    private let isStopped = Locked(false)
    private let finished = DispatchSemaphore(value: 0)

    /// `body` gets the round's number.
    init(_ body: @escaping @Sendable (Int) -> Void) {
        Thread.detachNewThread { [self] in
            var round = 0
            while !isStopped.withLock({ $0 }) {
                body(round)
                round += 1
            }
            finished.signal()
        }
    }

    /// Stops the loop and waits for the round in progress.
    func stop() {
        let wasStopped = isStopped.withLock { value in
            defer { value = true }
            return value
        }
        if !wasStopped { finished.wait() }
    }
}
