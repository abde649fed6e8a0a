import Locking

/// What clients saw, per tenant. Written by the traffic thread, read by the view.
final class Scoreboard: Sendable {
    struct Score: Sendable, Equatable {
        /// Requests that got an answer of any status: each must become one log line.
        var answered = 0
        /// Answers of 500 and above.
        var errors = 0
        /// Requests without an answer.
        var failed = 0
        /// The last reason of a failure.
        var lastFailure = ""
    }

    private let scores = Locked<[String: Score]>([:])

    func answered(_ tenant: String, status: Int) {
        scores.withLock { scores in
            scores[tenant, default: Score()].answered += 1
            if status >= 500 { scores[tenant, default: Score()].errors += 1 }
        }
    }

    func failed(_ tenant: String, why: String) {
        scores.withLock { scores in
            scores[tenant, default: Score()].failed += 1
            scores[tenant, default: Score()].lastFailure = why
        }
    }

    var all: [String: Score] { scores.withLock { $0 } }
}
