import Foundation
import PromQL
import TestSupport
import Testing

/// Random queries, asked of the installed Prometheus and of the engine over the same data.
///
/// `PEER_QUERIES` says how many (2,000), `GATEHOUSE_SEED` repeats or changes a run; benchmarks and soaks use both.
@Suite struct RandomQueryPeerTests {
    @Test(.enabled(if: PeerPrometheus.isInstalled, PeerPrometheus.absence))
    func `random queries agree with Prometheus 2, errors included`() throws {
        let count = ProcessInfo.processInfo.environment["PEER_QUERIES"].flatMap(Int.init) ?? 2_000
        var session = try PeerSession()
        var generator = QueryGenerator(random: .forTest(seed: 20))
        for number in 0..<count {
            var query = generator.query(depth: generator.random.int(1...4))
            session.allowsMore = generator.random.oneIn(20)
            if session.allowsMore { query = generator.damaged(query) }
            let grid = PeerSession.Grid(&generator.random)
            guard session.difference(query, grid) != nil else { continue }
            let (small, smallGrid) = session.shrunk(query, grid)
            let difference = session.difference(small, smallGrid) ?? ""
            Issue.record("query \(number): \(small) \(smallGrid): \(difference)")
        }
        print(
            "random queries: \(count), of which \(session.failures) fail on both sides, \(session.empty) are empty, "
                + "\(session.undefined) have several right answers")
        #expect(session.failures + session.empty < count / 2)
    }
}
