import Foundation
import TestSupport
import Testing

@Suite("alert-rules replay, as a program")
struct ReplayTests {
    private static let rules = """
        groups:
          - name: test
            interval: 15s
            rules:
              - alert: Down
                expr: up == 0
                for: 30s
                labels: { severity: page }

        """

    /// Two jobs, a sample every 15 s from 2023-11-14T22:13:20Z; the first one is down from the 10th to the 19th.
    private static let samples: String = {
        var lines = ["# TYPE up gauge"]
        for job in ["a", "b"] {
            for index in 0..<40 {
                let isDown = job == "a" && (10..<20).contains(index)
                lines.append("up{job=\"\(job)\"} \(isDown ? 0 : 1) \(1_700_000_000 + 15 * index)")
            }
        }
        return lines.joined(separator: "\n") + "\n# EOF\n"
    }()

    @Test("it says when each alert went pending, fired and resolved, per label set, and writes a page of it")
    func timeline() throws {
        let folder = try TemporaryDirectory("replay")
        let rules = try folder.write(Self.rules, to: "rules.yaml")
        let data = try folder.write(Self.samples, to: "data.om")
        let page = folder.file("report.html")
        let outcome = try Programs.run(
            "alert-rules", ["replay", "--rules", rules, "--input", data, "--html", page])
        #expect(outcome.status == 0, "\(outcome.error)")
        let events = outcome.output.split(separator: "\n").filter { $0.contains("job=\"a\"") }.map { $0.lowercased() }
        let expected = [("22:15:50", "pending"), ("22:16:20", "firing"), ("22:18:20", "resolved")]
        #expect(events.count == expected.count, "\(outcome.output)")
        for (event, (time, state)) in zip(events, expected) { #expect(event.contains(time) && event.contains(state)) }
        #expect(!outcome.output.contains("job=\"b\""))
        let html = folder.text("report.html")
        #expect(html.contains("Down") && html.contains("</html>"))
    }

    @Test("input that can't be read ends it with status 2 and names the place")
    func unreadable() throws {
        let folder = try TemporaryDirectory("replay")
        let rules = try folder.write(Self.rules, to: "rules.yaml")
        let data = try folder.write("# TYPE up gauge\nup{job=\"a} 1 1700000000\n# EOF\n", to: "data.om")
        let outcome = try Programs.run("alert-rules", ["replay", "--rules", rules, "--input", data])
        #expect(outcome.status == 2)
        #expect(outcome.error.contains("data.om:2:"), "\(outcome.error)")
    }
}
