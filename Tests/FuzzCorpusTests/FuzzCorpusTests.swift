import FuzzChecks
import TestSupport
import Testing

/// The inputs that fuzzing found interesting (Fuzz/Corpus, an input a line in Base64), again.
@Suite struct FuzzCorpusTests {
    static let checks: [(String, @Sendable ([UInt8]) -> String?)] = [
        ("promql", FuzzChecks.promQL), ("evaluate", FuzzChecks.evaluate), ("regex", FuzzChecks.regex),
        ("yaml", FuzzChecks.yaml), ("template", FuzzChecks.template),
        ("openmetricsreader", FuzzChecks.openMetricsReader), ("block", FuzzChecks.block),
    ]

    @Test(arguments: checks.indices)
    func `what fuzzing found stays harmless`(place: Int) throws {
        let (name, check) = Self.checks[place]
        for input in try FuzzCorpus.inputs(name) {
            if let problem = check(input) { Issue.record("\(name): \(problem)") }
        }
    }
}
