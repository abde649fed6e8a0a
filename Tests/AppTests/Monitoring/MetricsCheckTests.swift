import Foundation
import TestSupport
import Testing

@Suite("alert-rules check --metrics")
struct MetricsCheckTests {
    @Test("the gateway's page has no problem, fetched by address in the format that the gateway offers")
    func ownPage() throws {
        let gateway = try GatewayProcess(GatewayProcess.cells(["erp": 9_001]))
        let source = "http://127.0.0.1:\(gateway.opsPort)/metrics"
        let outcome = try Programs.run("alert-rules", ["check", "--metrics", source])
        #expect(outcome.status == 0, "\(outcome)")
        #expect(outcome.output.hasPrefix("\(source): ") && outcome.output.hasSuffix(" metrics, no problems\n"))
    }

    @Test("a page on standard input is told line by line, beside rule files")
    func standardInput() throws {
        let folder = try TemporaryDirectory("metrics")
        let page = try folder.write("# HELP a_ms h\n# TYPE a_ms gauge\na_ms 1\n", to: "page")
        let program = try #require(Tool.product("alert-rules"))
        let outcome = try ChildProcess.run("/bin/sh", ["-c", "cat \"$1\" | \"$0\" check --metrics -", program, page])
        #expect(outcome.status == 1 && outcome.output.hasPrefix("-:1: a_ms: the unit \"ms\" "), "\(outcome)")
        let rules = "\(Places.packageRoot)/deploy/monitoring/alerts.example.yaml"
        let both = try Programs.run("alert-rules", ["check", rules, "--metrics", page, "--metrics", folder.file("no")])
        #expect(both.status == 2 && both.output.contains("SUCCESS") && both.output.contains("\(page):1: a_ms"))
        #expect(both.error.contains(folder.file("no")))
    }
}
