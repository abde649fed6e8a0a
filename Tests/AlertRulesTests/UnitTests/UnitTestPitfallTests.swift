import Foundation
import TestSupport
import Testing

@testable import AlertRules

/// Mistakes in test files that would pass unseen.
@Suite struct UnitTestPitfallTests {
    static let rules = """
        groups:
          - name: g
            rules:
              - {record: 'up:count', expr: count(up)}
              - {alert: Down, expr: up == 0, for: 5m}
        """

    private func report(
        _ tests: String, rules: String = rules, options: UnitTestRunner.Options = .init()
    ) throws -> UnitTestReport {
        let folder = try TemporaryDirectory()
        try folder.write(rules, to: "rules.yml")
        let path = try folder.write("rule_files: [rules.yml]\n" + tests, to: "test.yml")
        var report = try UnitTestRunner(options: options).run(file: path)
        report.warnings = report.warnings.map { $0.replacingOccurrences(of: folder.path + "/", with: "") }
        return report
    }

    private func never(_ values: String, beside other: String = "") throws -> [String] {
        try report(
            """
            tests:
              - input_series: [{series: up, values: '\(values)'}]
                alert_rule_test: [{alertname: Down, never_fires: true}\(other)]
            """
        ).failures
    }

    @Test func `repeat with a series that has no index is an error with its place`() throws {
        let test = """
            tests:
              - input_series:
                  - {series: 'up{a="b"}', values: '{{i}}', repeat: 97}
            """
        let failures = try report(test).failures
        #expect(failures.count == 1 && failures[0].contains("test.yml:4:18: series \"up{a=\\\"b\\\"}\": repeat: 97"))
        #expect(try report(test.replacing("97", with: "1")).failures == [])
    }

    @Test func `never_fires looks as long as a sample is seen, whatever its neighbours ask for`() throws {
        // Down from 4m and seen until 11m: fires at 9m.
        #expect(try never("1x3 0x2").first?.contains("fires at 9m: ") == true)
        #expect(try never("1x3 0x2", beside: ", {alertname: Down, eval_time: 2m}").count == 1)
        // Down from 4m and seen until 9m, when it would fire.
        #expect(try never("1x3 0") == [])
        #expect(try never("1x3 0", beside: ", {alertname: Down, eval_time: 1h}") == [])
        // The second series ends later than the neighbour's time, and an item at 1h doesn't widen the first's view.
        let absent = "groups: [{name: g, rules: [{alert: Gone, expr: absent(up)}]}]"
        for other in ["", ", {alertname: Gone, eval_time: 1h, exp_state: firing}"] {
            let test = """
                tests:
                  - input_series: [{series: up, values: 1x3}]
                    alert_rule_test: [{alertname: Gone, never_fires: true}\(other)]
                """
            #expect(try report(test, rules: absent).failures == [])
        }
    }

    @Test func `a test without a name is chosen by the name that reports give it`() throws {
        let tests = "tests: [{name: first}, {interval: 1m}, {interval: 2m}]"
        for (pattern, names) in [
            ("unnamed#1", ["unnamed#1"]), ("^unnamed#", ["unnamed#1", "unnamed#2"]), ("first", ["first"]),
            ("^$", ["unnamed#1", "unnamed#2"]),
        ] {
            var options = UnitTestRunner.Options()
            options.runPatterns = [pattern]
            #expect(try report(tests, options: options).cases.map(\.name) == names, "\(pattern)")
        }
    }

    @Test func `an unknown name in promtool's own keys passes as there, with one warning`() throws {
        let report = try report(
            """
            tests:
              - alert_rule_test:
                  - {alertname: Dwon, eval_time: 1m}
                  - {alertname: Dwon, eval_time: 2m, exp_alerts: []}
                  - {alertname: Down, eval_time: 2m}
            """)
        #expect(report.isPassed)
        let place = "test.yml:4:9"
        #expect(report.warnings == ["  WARNING: \(place): no rule file has an alert named Dwon; did you mean Down?"])
    }

    @Test func `a second document of a rule file is a warning, once`() throws {
        let folder = try TemporaryDirectory()
        try folder.write(Self.rules + "\n---\ngroups: []\n", to: "rules.yml")
        let paths = try ["a.yml", "b.yml"].map {
            try folder.write("rule_files: [rules.yml]\ntests: [{interval: 1m}]\n", to: $0)
        }
        let reports = try UnitTestRunner().run(files: paths)
        #expect(reports.map(\.isPassed) == [true, true])
        #expect(reports.map(\.warnings.count) == [1, 0])
        #expect(reports[0].warnings[0].contains("rules.yml:7:1: Prometheus reads only the first document"))
    }
}
