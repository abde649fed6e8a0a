import Foundation
import Locking
import TestSupport

/// Clients that send one request after another until they are stopped, or until nobody accepts connections any more.
final class LoadClients: Sendable {
    /// What they have seen.
    struct Tally: Sendable {
        var answered = 0
        /// Requests on an accepted connection without a whole answer of 200.
        var failures: [String] = []
    }

    private let tally = Locked(Tally())
    private let isStopped = Locked(false)
    private let running = DispatchGroup()

    /// - Parameters:
    ///   - keepsAlive: A connection is used until the server says that it closes it; else each request has its own.
    ///   - request: Headers of each request.
    init(
        _ count: Int, port: Int, target: String, keepsAlive: Bool = true, headers: [(String, String)] = []
    ) {
        for _ in 0..<count {
            running.enter()
            Thread.detachNewThread { [self] in
                run(port, target, headers + (keepsAlive ? [] : [("Connection", "close")]))
                running.leave()
            }
        }
    }

    var answered: Int { tally.withLock { $0.answered } }

    /// Waits for the requests in progress and says what became of all.
    func stop() -> Tally {
        isStopped.withLock { $0 = true }
        running.wait()
        return tally.withLock { $0 }
    }

    private func run(_ port: Int, _ target: String, _ headers: [(String, String)]) {
        var connection: HTTPConnection?
        while !isStopped.withLock({ $0 }) {
            guard let open = connection ?? (try? HTTPConnection(port: port)) else { return }
            connection = open
            let reply = try? open.exchange("GET", target, headers: headers)
            let isRight = reply?.status == 200 && reply?.isComplete == true
            tally.withLock { tally in
                tally.answered += isRight ? 1 : 0
                if !isRight { tally.failures.append("\(reply.map { "\($0.status)" } ?? "no answer, \(open.ending)")") }
            }
            if !isRight || reply?.header("Connection") == "close" { connection = nil }
        }
    }
}
