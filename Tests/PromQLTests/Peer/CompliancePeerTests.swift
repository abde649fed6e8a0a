import PromQL
import TestSupport
import Testing

/// The compliance suite's queries, asked of the installed Prometheus and of the engine over the same data.
@Suite struct CompliancePeerTests {
    @Test(
        .enabled(if: Conformance.isPresent, Comment(rawValue: Conformance.absence)),
        .enabled(if: PeerPrometheus.isInstalled, PeerPrometheus.absence))
    func `all compliance queries agree with Prometheus 2`() throws {
        let queries = try ComplianceQueries()
        #expect(queries.templateCount == 118)
        #expect(queries.queries.count == 539)
        let data = DemoData(seed: 1)
        let peer = try PeerPrometheus(data.series)
        var options = EngineOptions()
        options.compatibility = .prometheus2
        let engine = Engine(source: try data.store(), options: options)
        // The last ten minutes before those that a negative offset looks at, as the tester's default.
        let end = DemoData.end - 600_000
        let (start, step) = (end - 600_000, Int64(10_000))
        var failures = 0
        for query in queries.queries {
            let theirs = try peer.query(query.text, from: start, through: end, step: step)
            do {
                let expression = try Parser.parse(query.text)
                let ours = try engine.range(expression, from: start, through: end, step: step).value
                #expect(!query.shouldFail, "\(query.text) should fail")
                if let difference = PeerComparison().difference(ours, theirs) {
                    Issue.record("\(query.text): \(difference)")
                }
            } catch {
                failures += 1
                guard query.shouldFail, case .failed = theirs else {
                    Issue.record("\(query.text): \(error), theirs \(theirs)")
                    continue
                }
            }
        }
        #expect(failures == 5)
    }
}
