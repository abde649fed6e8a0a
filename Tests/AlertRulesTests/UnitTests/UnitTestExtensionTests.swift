import Foundation
import TestSupport
import Testing

@testable import AlertRules

/// What the files may have beyond promtool's keys.
@Suite struct UnitTestExtensionTests {
    static let rules = """
        groups:
          - name: g
            interval: 5m
            rules:
              - alert: Down
                expr: up == 0
                for: 2m
                labels: {severity: page}
                annotations: {summary: "{{ $labels.instance }} is down", runbook: "https://r/{{ $labels.job }}"}
          - name: h
            rules:
              - {record: 'up:count', expr: count(up)}
        """

    /// What failed for one item of `alert_rule_test`: web-1 is down from 0m, web-2 from 3m, web-3 never.
    private func check(_ item: String, options: UnitTestRunner.Options = .init()) throws -> [String] {
        try run(
            """
            rule_files: [rules.yml]
            tests:
              - input_series:
                  - {series: 'up{job="a",instance="web-1"}', values: '0x9'}
                  - {series: 'up{job="a",instance="web-2"}', values: '1x2 0x6'}
                  - {series: 'up{job="b",instance="web-3"}', values: '1x9'}
                alert_rule_test: [\(item)]
            """, options: options)
    }

    private func run(_ test: String, options: UnitTestRunner.Options = .init()) throws -> [String] {
        let folder = try TemporaryDirectory()
        _ = try folder.write(UnitTestExtensionTests.rules, to: "rules.yml")
        let path = try folder.write(test, to: "test.yml")
        return try UnitTestRunner(options: options).run(file: path).failures
            .map { $0.replacingOccurrences(of: folder.path + "/", with: "") }
    }

    @Test(
        "Right expectations beyond promtool's pass",
        arguments: [
            // Labels and annotations that are not named, and alerts that are not listed, do not count.
            "{eval_time: 9m, alertname: Down, exp_alerts_subset: [{exp_labels: {instance: web-2}}]}",
            "{eval_time: 9m, alertname: Down, exp_alerts_subset: [{}, {exp_annotations: {runbook: 'https://r/a'}}]}",
            // Two patterns, of which the first also takes what only the second can have.
            """
            {eval_time: 9m, alertname: Down, exp_alerts_subset: [{exp_labels: {instance: {regex: 'web-.*'}}},
            {exp_labels: {instance: {regex: '.*-1'}}}]}
            """,
            """
            {eval_time: 9m, alertname: Down, exp_alerts: [
            {exp_labels: {job: a, severity: page, instance: {regex: 'web-\\d'}},
            exp_annotations: {summary: {regex: '.* down'}, runbook: 'https://r/a'}},
            {exp_labels: {job: {regex: a|b}, severity: page, instance: web-1},
            exp_annotations: {summary: web-1 is down, runbook: {regex: '.+'}}}]}
            """,
            "{eval_time: 1m, alertname: Down, exp_state: pending}",
            """
            {eval_time: 1m, alertname: Down, exp_state: pending, exp_alerts: [
            {exp_labels: {job: a, severity: page, instance: web-1},
            exp_annotations: {summary: web-1 is down, runbook: 'https://r/a'}}]}
            """,
            """
            {eval_time: 4m, alertname: Down, exp_state: pending, exp_alerts_subset: [{exp_labels: {instance: web-2}}]}
            """,
            "{eval_time: 4m, alertname: Down, exp_state: firing}",
            "{eval_time: 1m, alertname: Down, never_fires: true}",
        ])
    func passes(item: String) throws {
        #expect(try check(item) == [])
    }

    @Test(
        "Wrong expectations beyond promtool's fail and say why",
        arguments: [
            (
                "{eval_time: 9m, alertname: Down, exp_alerts_subset: [{exp_labels: {instance: web-3}}]}",
                "exp among others:["
            ),
            (
                """
                {eval_time: 9m, alertname: Down, exp_alerts_subset: [{exp_labels: {instance: {regex: '.*1'}}},
                {exp_labels: {instance: {regex: 'web-1'}}}]}
                """, "instance=~\"web-1\""
            ),
            ("{eval_time: 9m, alertname: Down, exp_state: pending}", "got state: firing"),
            ("{eval_time: 9m, alertname: Down, exp_state: inactive}", "exp state: inactive"),
            ("{eval_time: 9m, alertname: Down, exp_state: inactive, exp_alerts: []}", "firing: {alertname=\"Down\""),
            (
                "{eval_time: 1m, alertname: Down, exp_state: pending, exp_alerts: []}",
                "state: pending, \n        exp:[]"
            ),
            ("{alertname: Down, never_fires: true}", "got: fires at 2m (and 1 times more): {alertname=\"Down\""),
            ("{alertname: Dowm, never_fires: true}", "did you mean Down?"),
            ("{eval_time: 9m, alertname: Dowm, exp_state: inactive}", "did you mean Down?"),
            ("{eval_time: 9m, alertname: 'up:count', exp_state: inactive}", "an alert named up:count; there are: Down"),
            ("{eval_time: 9m, alertname: Dowm, exp_alerts_subset: [{}]}", "did you mean Down?"),
            ("{eval_time: 9m, alertname: Down, exp_alerts_subset: []}", "is met by whatever fires"),
            ("{eval_time: 9m, alertname: Nothing, exp_alerts: [{}]}", "no rule file has an alert named Nothing; there"),
            ("{eval_time: 1m, alertname: Down, exp_alerts: [{}]}", "pending since 0s and firing after 'for: 2m'"),
            ("{eval_time: 1m, alertname: Down, never_fires: true, exp_alerts: []}", "never_fires: true stands alone"),
            ("{eval_time: 1m, alertname: Down, exp_alerts_subset: [], exp_alerts: []}", "not both"),
            ("{eval_time: 1m, alertname: Down, exp_state: inactive, exp_alerts: [{}]}", "means that there is no alert"),
            ("{eval_time: 1m, alertname: Down, exp_state: resolved}", "expected firing, pending or inactive"),
            (
                "{eval_time: 1m, alertname: Down, exp_alerts: [{exp_labels: {a: {regex: '('}}}]}",
                ": tests[0].alert_rule_test[0].exp_alerts[0].exp_labels.a.regex: not a regular expression"
            ),
            ("{eval_time: 1m, alertname: Down, exp_alerts: [{exp_labels: {a: {rex: b}}}]}", "or {regex: '…'}"),
        ])
    func fails(item: String, expected: String) throws {
        let failures = try check(item)
        #expect(failures.count == 1)
        #expect(failures.first?.contains(expected) == true, "\(failures)")
        #expect(failures.first?.contains("test.yml:7:") == true, "\(failures)")
    }

    @Test("One item of input_series can stand for many series, numbered from 0")
    func generators() throws {
        let failures = try run(
            """
            rule_files: [rules.yml]
            tests:
              - input_series:
                  - {series: 'up{instance="web-{{ i }}"}', values: '{{i}}+{{  i}}x3', repeat: 1000}
                  - {series: 'h{i="{{i}}"}', values: '{{schema:0 count:{{i}} buckets:[{{i}}]}}', repeat: 3}
                  - {series: 'literal{i="{{i}}"}', values: '1'}
                promql_expr_test:
                  - {expr: 'sum(up)', eval_time: 3m, exp_samples: [{value: 1998000}]}
                  - {expr: 'histogram_count(h{i="2"})', eval_time: 0, exp_samples: [{labels: '{i="2"}', value: 2}]}
                  - {expr: 'up:count', eval_time: 0, exp_samples: [{labels: 'up:count', value: 1000}]}
                  - {expr: 'count(literal{i="{{i}}"})', eval_time: 0, exp_samples: [{value: 1}]}
            """)
        #expect(failures == [])
    }

    @Test("Labels of expected samples may be matched by regular expressions")
    func samplePatterns() throws {
        let expectations = [
            #"'up{instance=~"web-.*"}', value: 1}, {labels: 'up{instance="web-1"}', value: 0"#: true,
            #"'{__name__=~"u.*",instance=~"web-.*"}', value: 1}, {labels: 'up{instance="web-1"}', value: 0"#: true,
            #"'up{instance=~"web-1"}', value: 1}, {labels: 'up{instance=~"web-.*"}', value: 0"#: false,
            #"'{instance=~"web-.*"}', value: 1}, {labels: 'up{instance="web-1"}', value: 0"#: false,
            #"'up{instance=~"web-.*"}', value: 1"#: false,
        ]
        for (expectation, passes) in expectations {
            let failures = try run(
                """
                tests:
                  - input_series:
                      - {series: 'up{instance="web-1"}', values: '0'}
                      - {series: 'up{instance="web-2"}', values: '1'}
                    promql_expr_test: [{expr: up, eval_time: 0, exp_samples: [{labels: \(expectation)}]}]
                """)
            #expect(failures.isEmpty == passes, "\(expectation): \(failures)")
        }
    }

    @Test("Groups are evaluated at their own interval only where that is asked for")
    func groupIntervals() throws {
        let item = "{eval_time: 4m, alertname: Down, exp_state: firing}"
        #expect(try check(item) == [])
        var options = UnitTestRunner.Options()
        options.honoursGroupIntervals = true
        // Evaluated at 0m and 5m: pending until then, and at 9m still as at 5m, when web-2 was new.
        #expect(try check(item, options: options).first?.contains("got state: pending") == true)
        for text in [
            "{eval_time: 4m, alertname: Down, exp_state: pending}",
            "{eval_time: 5m, alertname: Down, exp_state: firing}",
            "{eval_time: 9m, alertname: Down, exp_state: pending, exp_alerts_subset: [{exp_labels: {instance: web-2}}]}",
            "{eval_time: 4m, alertname: Down, never_fires: true}",
        ] { #expect(try check(text, options: options) == [], "\(text)") }
    }

    @Test("An alert of two groups of one name counts once for each, at its own interval")
    func groupsOfOneName() throws {
        let folder = try TemporaryDirectory()
        for (file, interval) in [("one", "5m"), ("two", "2m")] {
            let rules = "groups: [{name: g, interval: \(interval), rules: [{alert: Down, expr: up == 0}]}]"
            _ = try folder.write(rules, to: "\(file).yml")
        }
        let alert = "{exp_labels: {}, exp_annotations: {}}"
        let path = try folder.write(
            """
            rule_files: [one.yml, two.yml]
            tests:
              - input_series: [{series: up, values: '1 1 1 1 0x9'}]
                alert_rule_test:
                  - {eval_time: 4m, alertname: Down, exp_alerts: [\(alert)]}
                  - {eval_time: 9m, alertname: Down, exp_alerts: [\(alert), \(alert)]}
            """, to: "test.yml")
        var options = UnitTestRunner.Options()
        options.honoursGroupIntervals = true
        #expect(try UnitTestRunner(options: options).run(file: path).failures == [])
    }

    @Test("Results are the same and in the same order whatever the number of threads")
    func threads() throws {
        let folder = try TemporaryDirectory()
        _ = try folder.write(UnitTestExtensionTests.rules, to: "rules.yml")
        let paths = try (0..<6).map { file in
            let tests = (0..<5).map { test in
                """
                  - name: test \(test)
                    input_series: [{series: 'up{i="{{i}}"}', values: '{{i}}x5', repeat: 20}]
                    promql_expr_test: [{expr: sum(up), eval_time: 1m, exp_samples: [{value: \(test * file)}]}]
                """
            }
            return try folder.write(
                "rule_files: [rules.yml]\ntests:\n" + tests.joined(separator: "\n"), to: "\(file).yml")
        }
        var texts: [[String]] = []
        for workers in [1, 2, 7] {
            var options = UnitTestRunner.Options()
            options.workers = workers
            texts.append(try UnitTestRunner(options: options).run(files: paths).flatMap(\.failures))
        }
        #expect(texts[0].count == 30)
        #expect(texts[1] == texts[0])
        #expect(texts[2] == texts[0])
    }
}
