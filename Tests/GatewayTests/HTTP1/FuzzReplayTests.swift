import TestSupport
import Testing

/// The inputs that fuzzing the wire formats found interesting (Fuzz/Corpus, an input a line in Base64), again.
@Suite struct FuzzReplayTests {
    private static let checks: [(String, @Sendable ([UInt8]) -> Void)] = [
        ("http1request", HTTP1FuzzChecks.request), ("http1response", HTTP1FuzzChecks.response),
        ("http2", HTTP2FuzzChecks.run),
    ]

    @Test(arguments: checks.indices)
    func `what fuzzing found stays harmless`(place: Int) throws {
        let (name, check) = Self.checks[place]
        for input in try FuzzCorpus.inputs(name) { check(input) }
    }
}
