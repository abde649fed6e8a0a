import AlertRules
import Exposition
import Foundation
import TestSupport
import Testing

@Suite("Checking the metrics of a source")
struct MetricsCheckTests {
    private static let text = "# HELP a_ms h\n# TYPE a_ms gauge\na_ms 1\nb 2\n"

    @Test("a file's problems have path and line")
    func file() throws {
        let folder = try TemporaryDirectory("metrics-check")
        let path = try folder.write(Self.text, to: "page.prom")
        let check = MetricsCheck(source: path)
        #expect(check.exitCode == 1)
        #expect(
            check.report == [
                "\(path):1: a_ms: the unit \"ms\" is abbreviated (convert to seconds, written out)",
                "\(path):4: b: there is no help text (add a # HELP line that says what is counted or measured)",
            ])
        let clean = try folder.write("# HELP a h\n# TYPE a gauge\na 1", to: "clean.prom")
        #expect(MetricsCheck(source: clean).outcome == .judged(metrics: 1, problems: []))
        #expect(MetricsCheck(source: clean).exitCode == 0)
    }

    @Test("a file that ends in # EOF is judged as OpenMetrics, strictly")
    func openMetrics() throws {
        let folder = try TemporaryDirectory("metrics-check")
        let good = try folder.write("# TYPE a counter\n# HELP a h\na_total 1\n# EOF\n", to: "good")
        #expect(MetricsCheck(source: good).exitCode == 0)
        let bad = try folder.write("# TYPE a counter\n# HELP a h\na_total -1\n# EOF\n", to: "bad")
        let check = MetricsCheck(source: bad)
        guard case .malformed(let error) = check.outcome else {
            Issue.record("\(check)")
            return
        }
        #expect(error.line == 3 && check.exitCode == 1)
        #expect(check.report == ["\(bad):3:\(error.column): \(error.message)"])
    }

    @Test("a page for a browser is told as such, and packed data that are cut")
    func foreign() throws {
        let folder = try TemporaryDirectory("metrics-check")
        let page = try folder.write("\n<!DOCTYPE html><html><body>Sign in</body></html>", to: "page.html")
        #expect(MetricsCheck(source: page).outcome == .notMetrics(.html))
        #expect(
            MetricsCheck(source: page).report == ["\(page): this is an HTML page, not metrics; is the path right?"])
        let packed = folder.file("metrics.gz")
        try Data([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3]).write(to: URL(fileURLWithPath: packed))
        #expect(MetricsCheck(source: packed).exitCode == 2)
        #expect(MetricsCheck(source: packed).report == ["\(packed): the gzip data ends in the middle"])
    }

    @Test("a file larger than a piece is read piece by piece, with right line numbers")
    func large() throws {
        let folder = try TemporaryDirectory("metrics-check")
        let lines = (0..<30_000).map { "a{x=\"\($0)\"} 1\n" }.joined()
        let path = try folder.write("# HELP a h\n# TYPE a gauge\n" + lines + "a{x=\"7\"} 1\n", to: "large")
        let check = MetricsCheck(source: path)
        #expect(check.report == ["\(path):30003: a: the same labels stand twice (expose each label set once)"])
    }

    @Test("a file of delimited protobuf is judged, a cut one is told with the byte")
    func protobuf() throws {
        let folder = try TemporaryDirectory("metrics-check")
        // Family a_ms, help h, type gauge, one metric whose gauge is 1.
        let metric: [UInt8] = [0x22, 11, 0x12, 9, 0x09, 0, 0, 0, 0, 0, 0, 0xf0, 0x3f]
        let family = [0x0a, 4] + Array("a_ms".utf8) + [0x12, 1, UInt8(ascii: "h"), 0x18, 1] + metric
        let path = folder.file("page")
        try Data([UInt8(family.count)] + family).write(to: URL(fileURLWithPath: path))
        #expect(
            MetricsCheck(source: path).report == [
                "\(path): a_ms: the unit \"ms\" is abbreviated (convert to seconds, written out)"
            ])
        try Data([UInt8(family.count)] + family.dropLast(3)).write(to: URL(fileURLWithPath: path))
        let cut = MetricsCheck(source: path)
        #expect(cut.exitCode == 1 && cut.report.first?.hasPrefix("\(path): byte ") == true, "\(cut.report)")
    }

    @Test("what cannot be had is exit code 2 with the reason")
    func unreadable() throws {
        let folder = try TemporaryDirectory("metrics-check")
        for source in [folder.file("absent"), folder.path, "http://127.0.0.1:1/metrics", "https://", "http://a b/"] {
            let check = MetricsCheck(source: source)
            #expect(check.exitCode == 2 && check.report.count == 1, "\(check)")
            #expect(check.report[0].hasPrefix("\(source): ") && check.report[0].count > source.count + 5)
        }
        let server = try HTTPStub { _ in .status(503) }
        defer { server.stop() }
        #expect(MetricsCheck(source: server.url).report == ["\(server.url): the server answered 503"])
    }

    @Test("a URL is asked as Prometheus asks, and its Content-Type decides the format")
    func url() throws {
        let open = "# TYPE a counter\n# HELP a h\na_total 1\n# EOF\n"
        let server = try HTTPStub { request in
            let isOpen = request.target == "/open"
            let type = isOpen ? "application/openmetrics-text; version=1.0.0" : "text/plain"
            return .status(200, headers: [("Content-Type", type)], body: Array((isOpen ? open : Self.text).utf8))
        }
        defer { server.stop() }
        #expect(MetricsCheck(source: server.url + "/open").outcome == .judged(metrics: 1, problems: []))
        let check = MetricsCheck(source: server.url + "/text")
        #expect(
            check.report.map { $0.split(separator: " ").first.map(String.init) } == [
                "\(server.url)/text:1:", "\(server.url)/text:4:",
            ])
        #expect(server.requests.allSatisfy { $0.header("Accept")?.contains("openmetrics-text") == true })
    }

    @Test(
        "problems and errors are findings, and the examples of the checks are right",
        arguments: [
            RuleCheck.metricsSyntax, .metricsPractice,
        ])
    func findings(check: RuleCheck) throws {
        let folder = try TemporaryDirectory("metrics-check")
        let bad = MetricsCheck(source: try folder.write(check.entry.bad + "\n", to: "bad")).findings
        #expect(bad.map(\.check) == [check] && bad.first?.severity == check.severity, "\(bad)")
        #expect(bad.first?.line == 2 || bad.first?.line == 1, "\(bad)")
        #expect(MetricsCheck(source: try folder.write(check.entry.good + "\n", to: "good")).findings == [])
        let none = MetricsCheck(source: folder.file("none")).findings
        #expect(none.map(\.check) == [.metricsSyntax] && none.first?.line == 0)
        let json = RuleFindingsReport.json(bad)
        #expect(json.contains(check == .metricsPractice ? "\"metric\":\"requests\"" : "\"metric\":null"), "\(json)")
    }
}
