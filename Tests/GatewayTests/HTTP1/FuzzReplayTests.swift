import Foundation
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
        let text = try String(contentsOfFile: "\(Places.packageRoot)/Fuzz/Corpus/\(name).base64", encoding: .utf8)
        let inputs = try text.split(separator: "\n").map { Array(try #require(Data(base64Encoded: String($0)))) }
        #expect(!inputs.isEmpty)
        for input in inputs { check(input) }
    }
}
