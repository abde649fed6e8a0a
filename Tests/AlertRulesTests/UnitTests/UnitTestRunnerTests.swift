import Foundation
import PromQL
import TestSupport
import Testing

@testable import AlertRules

@Suite struct UnitTestRunnerTests {
    static let rules = """
        groups:
          - name: g
            rules:
              - record: job:up:sum
                expr: sum by (job) (up)
              - alert: Down
                expr: up == 0
                for: 2m
                labels: {severity: page}
                annotations: {summary: "{{ $labels.instance }} is {{ $value }}"}
        """

    /// What failed, with the temporary folder's name taken out of the places.
    private func run(_ test: String, rules: String = rules, options: UnitTestRunner.Options = .init()) throws
        -> [String]
    {
        let folder = try TemporaryDirectory()
        _ = try folder.write(rules, to: "rules.yml")
        let path = try folder.write(test, to: "test.yml")
        return try UnitTestRunner(options: options).run(file: path).failures
            .map { $0.replacingOccurrences(of: folder.path + "/", with: "") }
    }

    @Test("Alerts, annotations, recorded series and ALERTS are what the rules make of the inputs")
    func passes() throws {
        let test = """
            rule_files: [rules.yml]
            evaluation_interval: 1m
            tests:
              - interval: 1m
                input_series:
                  - {series: 'up{job="a",instance="i"}', values: '1 0 0 0 0 1'}
                alert_rule_test:
                  - {eval_time: 2m, alertname: Down, exp_alerts: []}
                  - eval_time: 3m
                    alertname: Down
                    exp_alerts:
                      - exp_labels: {severity: page, job: a, instance: i}
                        exp_annotations: {summary: i is 0}
                promql_expr_test:
                  - {expr: 'job:up:sum', eval_time: 5m, exp_samples: [{labels: 'job:up:sum{job="a"}', value: 1}]}
                  - expr: count by (alertstate) (ALERTS)
                    eval_time: 2m
                    exp_samples: [{labels: '{alertstate="pending"}', value: 1}]
                  - {expr: 'ALERTS', eval_time: 5m, exp_samples: []}
                  - expr: sum by (__name__, severity, instance) (ALERTS_FOR_STATE)
                    eval_time: 4m
                    exp_samples: [{labels: 'ALERTS_FOR_STATE{severity="page",instance="i"}', value: 60}]
            """
        #expect(try run(test) == [])
        var steps = UnitTestRunner.Options()
        steps.forcesSteps = true
        #expect(try run(test, options: steps) == [])
    }

    @Test("A difference is printed as promtool prints it")
    func differs() throws {
        let test = """
            rule_files: [rules.yml]
            tests:
              - name: n
                input_series:
                  - {series: 'up{job="a"}', values: '0x9'}
                alert_rule_test:
                  - {eval_time: 5m, alertname: Down, exp_alerts: [{exp_labels: {job: b}}]}
                promql_expr_test:
                  - {expr: up, eval_time: 90s, exp_samples: []}
            """
        let alert = """
                name: n,
                alertname: Down, time: 5m, \

                    exp:[
                        0:
                          Labels:{alertname="Down", job="b"}
                          Annotations:{}
                        ], \

                    got:[
                        0:
                          Labels:{alertname="Down", job="a", severity="page"}
                          Annotations:{summary=" is 0"}
                        ]
                    at: test.yml:7:9
            """
        let expression = """
                expr: "up", time: 1m30s,
                    exp: nil
                    got: {__name__="up", job="a"} 0E+00
                    at: test.yml:9:9
            """
        #expect(try run(test) == [alert, expression])
    }

    @Test("An expected NaN is met by NaN, and never with Prometheus 2's rules, as in promtool")
    func nan() throws {
        let test = """
            tests:
              - input_series: [{series: a, values: NaN}]
                promql_expr_test: [{expr: a, eval_time: 0, exp_samples: [{labels: a, value: .nan}]}]
            """
        #expect(try run(test) == [])
        var options = UnitTestRunner.Options()
        options.compatibility = .prometheus2
        #expect(try run(test, options: options).count == 1)
    }

    @Test("Samples after the last evaluation stay invisible")
    func invisibleFuture() throws {
        let test = """
            tests:
              - interval: 10s
                input_series: [{series: m, values: '0+1x100'}]
                promql_expr_test: [{expr: m, eval_time: 90s, exp_samples: [{labels: m, value: 6}]}]
            """
        #expect(try run(test) == [])
    }

    @Test(
        "What is wrong with a file is said with its place",
        arguments: [
            ("tests: [{nope: 1}]", "field nope not found in type main.testGroup"),
            ("tests: [{alert_rule_test: [{eval_time: 1m}]}]", "misses required attribute alertname"),
            ("group_eval_order: [a, a]", "group name repeated in evaluation order: a"),
            ("tests: [{start_timestamp: yesterday}]", "expected a Unix time or RFC 3339"),
            ("tests: [{input_series: [{series: 'a{', values: '1'}]}]", "test.yml:1:"),
            ("tests: [{input_series: [{series: a, values: '1 x'}]}]", "test.yml:1:48: values of a: "),
            ("tests: [{promql_expr_test: [{expr: 'a +', eval_time: 1m}]}]", "parse error: unexpected end of input"),
            (
                "evaluation_interval: 1ms\ntests: [{promql_expr_test: [{expr: a, eval_time: 1y}]}]",
                "more than 10000000 evaluations"
            ),
            ("tests: {", "test.yml"),
        ])
    func mistakes(test: String, expected: String) throws {
        let failures = try run(test)
        #expect(failures.contains { $0.contains(expected) }, "\(failures)")
    }

    @Test("A failing rule ends its test with the rule's name and time")
    func failingRule() throws {
        let rules = "groups: [{name: g, rules: [{record: r, expr: a + on(x) b}]}]"
        let test = """
            rule_files: [rules.yml]
            tests:
              - input_series:
                  - {series: 'a{x="1"}', values: '_ 1'}
                  - {series: 'b{x="1",y="1"}', values: '_ 1'}
                  - {series: 'b{x="1",y="2"}', values: '_ 1'}
                promql_expr_test: [{expr: '1', eval_time: 5m, exp_samples: [{value: 1}]}]
            """
        let failures = try run(test, rules: rules)
        #expect(failures.count == 1)
        #expect(failures.first?.hasPrefix("    rule: r, time: 1m0s, err: found duplicate series") == true)
    }

    @Test("A pattern that matches no file is only a warning, and group_eval_order puts groups first")
    func groupOrder() throws {
        let folder = try TemporaryDirectory()
        let rules = """
            groups:
              - {name: late, rules: [{record: b, expr: a}]}
              - {name: early, rules: [{record: a, expr: vector(1)}]}
            """
        _ = try folder.write(rules, to: "one.rules.yml")
        let test = """
            rule_files: ['*.rules.yml', 'none*']
            group_eval_order: [early, late]
            tests: [{promql_expr_test: [{expr: b, eval_time: 0, exp_samples: [{labels: b, value: 1}]}]}]
            """
        let result = try UnitTestRunner().run(file: try folder.write(test, to: "t.yml"))
        #expect(result.failures == [])
        #expect(result.warnings == ["  WARNING: no file match pattern \(folder.path)/none*"])
    }

    // MARK: promtool's own fixtures, with the exits of 3.14

    static let fixtures: [(file: String, run: [String], ignoresUnknown: Bool, passes: Bool)] = [
        ("long-period", [], false, true), ("no-test-group-interval", [], false, true),
        ("start-time-test", [], false, true), ("at-modifier-test", [], false, true),
        ("negative-offset-test", [], false, true), ("rules_run_extrafields", [], true, true),
        ("rules_run_extrafields", [], false, false), ("bad-input-series", [], false, false),
        ("bad-promql", [], false, false), ("bad-rules-syntax-test", [], false, false),
        ("bad-rules-error-test", [], false, false), ("failing", [], false, false), ("rules_run", [], false, false),
        ("rules_run", ["correct"], false, true), ("rules_run", ["wrong"], false, false),
        ("rules_run", ["correct", "wrong"], false, false), ("rules_run_no_fuzzy", [], false, false),
        ("rules_run_fuzzy", ["correct"], false, true), ("rules_run_fuzzy", ["wrong"], false, false),
        ("unittest", [], false, true),
    ]

    @Test(
        "promtool's fixtures pass and fail as with Prometheus 3.14",
        .enabled(if: Conformance.isPresent, Comment(rawValue: Conformance.absence)), arguments: fixtures.indices)
    func fixture(index: Int) throws {
        let fixture = UnitTestRunnerTests.fixtures[index]
        var options = UnitTestRunner.Options()
        options.runPatterns = fixture.run
        options.ignoresUnknownKeys = fixture.ignoresUnknown
        let path = try #require(Conformance.directory) + "/promtool/\(fixture.file).yml"
        let result = try UnitTestRunner(options: options).run(file: path)
        #expect(result.failures.isEmpty == fixture.passes, "\(fixture): \(result.failures)")
    }
}
