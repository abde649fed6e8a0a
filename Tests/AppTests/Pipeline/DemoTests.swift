import Foundation
import TestSupport
import Testing

@Suite("The demo")
struct DemoTests {
    @Test("a short run shows an alert go pending, fire and resolve, and loses no log line", .timeLimit(.minutes(20)))
    func shortRun() throws {
        let folder = try TemporaryDirectory("demo")
        let demo = try ChildProcess(
            Programs.path("gatehouse-demo"),
            [
                "run", "--directory", folder.file("demo"), "--port", "0", "--ops-port", "0", "--shipper-port", "0",
                "--fault-after", "2", "--fault-seconds", "20", "--duration", "42",
            ], environment: Programs.environment, directory: folder.path)
        let status = demo.wait(within: 120)
        let text = demo.standardOutput.lowercased()
        #expect(status == 0, "\(demo.standardOutput.suffix(3_000))\(demo.standardError)")
        var rest = text[...]
        for word in ["fault", "pending", "firing", "resolved"] {
            let place = try #require(rest.firstRange(of: word), "\(word) is missing: \(text.suffix(3_000))")
            rest = rest[place.upperBound...]
        }
    }
}
