import GatewayMetrics
import Locking

/// A scrape as the body of an answer.
final class ScrapeBody: LocalBodyStream {
    private let reader: ScrapeReader
    private let first = Locked<ScrapeReader.Step?>(nil)

    init(_ reader: ScrapeReader) {
        self.reader = reader
    }

    /// The answer to a scrape that has begun: its first step decides about the status.
    func begin(requestID: String) -> LocalResponse {
        let step = reader.next {}
        if case .failed(let error) = step { return Self.refusal(error, requestID: requestID) }
        first.withLock { $0 = step }
        return Self.response(reader.plan, self)
    }

    /// The head of an answer.
    static func response(_ plan: ScrapePlan, _ body: any LocalBodyStream) -> LocalResponse {
        LocalResponse(
            contentType: plan.contentType,
            headers: [
                ("Content-Encoding", plan.contentEncoding ?? ""), ("Vary", plan.vary), ("Cache-Control", "no-store"),
            ], stream: body)
    }

    /// The answer when there will be no page.
    static func refusal(_ error: any Error, requestID: String) -> LocalResponse {
        .failure(
            .overloaded, message: "no metrics now: \(error)", requestID: requestID,
            headers: [("Retry-After", "1"), ("Cache-Control", "no-store")])
    }

    func next(orCall wake: @escaping @Sendable () -> Void) -> LocalBodyStep {
        let known = first.withLock { first in
            defer { first = nil }
            return first
        }
        switch known ?? reader.next(orCall: wake) {
        case .piece(let bytes): return .piece(bytes)
        case .wait: return .wait
        case .end: return .end
        case .failed: return .failed
        }
    }

    func cancel() { reader.cancel() }
}

/// The body of an answer to HEAD.
struct EmptyBody: LocalBodyStream {
    func next(orCall wake: @escaping @Sendable () -> Void) -> LocalBodyStep { .end }
    func cancel() {}
}
