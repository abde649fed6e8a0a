import Exposition
import Testing

@testable import AlertRules

@Suite struct RuleLintTests {
    /// Findings of a whole file, or of rules that get a group around them.
    static func findings(_ text: String, _ settings: RuleLint.Settings = .init()) throws -> [RuleFinding] {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { "  " + $0 }
        let yaml = text.hasPrefix("groups:") ? text : "groups:\n- name: g\n  rules:\n" + lines.joined(separator: "\n")
        return RuleLint(settings: settings).findings(in: [try RuleFile.parse(yaml, file: "r.yml")])
    }

    static func alert(_ expression: String) throws -> [String] {
        let rule = "- alert: A\n  expr: |\n    \(expression)\n  for: 5m"
        return try findings(rule).map { "\($0.severity.rawValue) \($0.check.rawValue)" }
    }

    @Test(arguments: RuleCheck.allCases.filter { $0 != .syntax && !$0.isOfMetrics })
    func `a check finds its bad example and not its good one`(check: RuleCheck) throws {
        let bad = try Self.findings(check.entry.bad)
        #expect(bad.contains { $0.check == check && $0.severity == check.severity }, "\(bad)")
        let good = try Self.findings(check.entry.good)
        #expect(!good.contains { $0.check == check }, "\(good)")
        #expect(!good.contains { $0.severity >= .warning }, "\(good)")
    }

    @Test func `the examples of the syntax check are refused and read`() throws {
        #expect(throws: RuleFileErrors.self) { try Self.findings(RuleCheck.syntax.entry.bad) }
        #expect(try Self.findings(RuleCheck.syntax.entry.good).isEmpty)
    }

    @Test(arguments: [
        ("up > 1", "promql/impossible"), ("x{a=\"1\",a!~\"1|2\"} > 1", "promql/impossible"),
        ("x > 5 and x < 3", "promql/impossible"), ("x > 5 and x < 5", "promql/impossible"),
        ("x > 5 unless x > 4", "promql/impossible"), ("x == NaN", "promql/impossible"),
        ("(x > 5) < 3", "promql/impossible"), ("day_of_week() > 7 and on() x > 1", "promql/impossible"),
        ("abs(x) < 0", "promql/impossible"), ("2 > absent(x) > 1", "promql/impossible"), ("x > x", "promql/impossible"),
        ("100 * sum(rate(a_total[5m])) / 5 < 0", "promql/impossible"), ("x{a!~\".*\"} > 1", "promql/impossible"),
        ("rate(a_total[5m]) >= 0", "promql/always-true"), ("x != NaN", "promql/always-true"),
        ("hour() <= 23 and on() x > 1", ""), ("clamp(x, 0, 10) <= 10", ""),
        ("clamp_max(count(x), 10) <= 10", "promql/always-true"),
        ("x > 5 and x < 6", ""), ("x > 5 and on (a) x < 3", ""), ("x > 5 unless x > 6", ""), ("x != x", ""),
        ("sum by (a) (x) > on (b) group_left sum by (b) (y)", "promql/vector-matching"),
        ("x{a=\"1\"} > ignoring (b) y{a=\"2\"}", "promql/vector-matching"),
        ("x{a=\"1\"} and vector(1)", "promql/vector-matching"),
        ("x{a=\"1\"} and on () vector(1)", ""),
        ("x > on (a) sum(y)", "promql/lost-label"), ("sum(x) > on (a) sum(y)", "promql/lost-label"),
        ("x and on (a) y * on (b) group_left (c) z > 1", "promql/unused-label"),
        ("(x and on (a) y) * on (b) group_left (c) z > 1", ""), ("x{a=\"1\"} unless sum(y)", "promql/vector-matching"),
        ("sum without (a) (x) > sum by (a) (y)", "promql/vector-matching"),
        ("x{a=\"1\"} > ignoring (a) y{a=\"2\"}", ""),
        ("x > on (a) group_left (c) sum by (a) (y)", "promql/lost-label"),
        ("label_replace(sum by (a) (x), \"b\", \"$1\", \"c\", \"(.*)\") > 1", "promql/lost-label"),
        ("sum by (b) (label_replace(sum by (a) (x), \"b\", \"$1\", \"a\", \"(.*)\")) > 1", ""),
        ("sum by (a) (x) > ignoring (b) sum by (a) (y)", "promql/lost-label"),
        ("x > ignoring (b) sum by (a) (y)", ""),
        ("max by (a) (sum by (a) (x) or vector(0)) > 1", "promql/fallback"),
        ("(sum by (a) (x) or on () vector(0)) * on (a) y > 1", "promql/fallback"),
        ("max(sum by (a) (x) or vector(0)) > 1", ""), ("(sum(x) or vector(0)) > 1", ""),
        ("max by (a) (sum by (a) (x) or label_replace(vector(0), \"a\", \"b\", \"\", \"\")) > 1", ""),
        ("x{j=~\"^a$\"} > 1", "promql/regex"), ("x{j=~\"a\"} > 1", "promql/regex"),
        ("x{j=~\"a|\"} > 1", "promql/regex"),
        ("x{j=~\".*\"} > 1", "promql/regex"), ("x{j=~\"10.0.0.1:80\"} > 1", "promql/regex"), ("x{j=~\"5..\"} > 1", ""),
        ("x{j=~\"a.+|b\"} > 1", ""), ("x{j=\"a|b\"} > 1", "promql/equals-regex"), ("x{j=\"a | b\"} > 1", ""),
        ("rate(up[5m]) > 1", "promql/rate-of-gauge"), ("rate(room_temperature[5m]) > 1", "promql/rate-of-gauge"),
        ("rate(keys[5m]) > 1", ""),
        ("sum(a_total) > 1", "promql/counter-without-rate"), ("a_total - a_total offset 5m > 1", ""),
        ("avg_over_time(a_total[5m]) > 1", "promql/counter-without-rate"), ("count(a_total) > 1", ""),
        ("a_total == 0", ""), ("predict_linear(a_total[5m], 60) > 1", "promql/delta-of-counter"),
        ("histogram_quantile(99, rate(x_bucket[5m])) > 1", "promql/histogram-quantile"),
        ("rate(rate(a_total[5m])[1m:1m]) > 1", "promql/subquery"), ("max_over_time(x[1h:1m]) > 1", "promql/subquery"),
        ("x @ 100 > 1", "promql/offset"), ("x offset -1m > 1", "promql/offset"), ("x offset 1m > 1", ""),
        ("sum(rate(a_total[5m])) < 1", "promql/absent-unsafe"), ("rate(a_total[5m]) / rate(b_total[5m]) < 1", ""),
        ("delta(a_bucket[5m]) > 1", "promql/delta-of-counter"), ("up == 0", ""), ("up", "alerts/no-condition"),
        ("up or x > 1", "alerts/no-condition"), ("max_over_time((x > 1)[5m:1m])", ""), ("absent(x)", ""),
        ("ALERTS{alertname=\"B\"}", ""), ("1 == bool 1", "promql/always-true"),
        ("vector(2) > 1", "alerts/always-firing"),
        ("irate(a_total[5m]) > 1", "alerts/fragile"), ("count(topk(3, x)) > 1", ""),
    ])
    func `an expression is found by one check, or by none`(expression: String, check: String) throws {
        let found = try Self.alert(expression).map { String($0.split(separator: " ")[1]) }
        #expect(check.isEmpty ? found.isEmpty : found.contains(check), "\(found)")
    }

    @Test func `a finding points at the part of a block of several lines`() throws {
        let text = """
            groups:
            - name: g
              rules:
              - alert: A
                expr: |
                  sum by (job) (rate({"é_total"}[5m]))
                    > 1
                  unless
                    count(up) == 0
                for: 5m
            """
        let finding = try #require(try Self.findings(text).first { $0.check == .impossible })
        #expect((finding.line, finding.column) == (9, 9))
        #expect((finding.endLine, finding.endColumn) == (9, 23))
        #expect(
            finding.description
                == "r.yml:9:9: warning: \"A\": `count(up) == 0` can never return anything: `count(up)` is never below 1; "
                + "without series there is no count to compare: use absent(), or `… or vector(0)` before the comparison "
                + "[promql/impossible]")
    }

    @Test func `metadata tells counters from gauges`() throws {
        var settings = RuleLint.Settings()
        settings.kinds = ["a": .counter, "b_total": .gauge, "h": .histogram]
        let rules = """
            - {alert: A, expr: 'a > 1', for: 5m}
            - {alert: B, expr: 'b_total > 1', for: 5m}
            - {alert: C, expr: 'rate(b_total[5m]) > 1', for: 5m}
            - {alert: D, expr: 'rate(h_sum[5m]) / rate(h_count[5m]) > 1', for: 5m}
            """
        let found = try Self.findings(rules, settings).map { "\($0.subject.name ?? "") \($0.check.rawValue)" }
        #expect(found == ["A promql/counter-without-rate", "C promql/rate-of-gauge"])
        #expect(try Self.findings(rules, settings).allSatisfy { $0.severity == .warning })
    }

    @Test(arguments: [
        ("absent(x) == 0", "returns 1 or nothing"), ("absent_over_time(x[5m]) > 1", "returns 1 or nothing"),
        ("present_over_time(x[5m]) == 0", "absent_over_time()"), ("count_over_time(x[5m]) < 1", "absent_over_time()"),
        ("count(x) == 0", "use absent(), or `… or vector(0)`"), ("x{a=\"c\",a=\"b\"} > 1", "use =~ \"a|b\""),
    ])
    func `a suggestion fits what was found`(expression: String, suggestion: String) throws {
        let found = try Self.findings("- alert: A\n  expr: |\n    \(expression)\n  for: 5m")
        #expect(found.contains { $0.suggestion.contains(suggestion) }, "\(found)")
    }

    @Test(arguments: ["x{a!=\"b\",a=\"b\"} > 1", "x{job=~\".+\",job=\"\"} > 1", "x{job=\"\",job=\"b\"} > 1"])
    func `an alternative is suggested only for two values`(expression: String) throws {
        let found = try Self.findings("- alert: A\n  expr: |\n    \(expression)\n  for: 5m")
        #expect(found.first { $0.check == .impossible }?.suggestion == "correct one of them", "\(found)")
    }

    @Test(arguments: [
        (">\n    up == 0 # down\n    or probe_success == 0", "or probe_success == 0"),
        ("'up == 0 # down\n    or x'", "or x"), (">\n    up\n\n    == 0 # down\n    # why\n    or x", "or x"),
        ("|\n    up == 0 # down\n    or x", nil), (">\n    up == 0\n    # down\n    # really", nil),
        (">\n    x{a=\"#\"}\n    > 1", nil), (">\n    up == 0 # down\n\n    or x", nil),
    ])
    func `a comment that swallows what YAML joins with it is found, and nothing is formatted`(
        text: String, swallowed: String?
    ) throws {
        let rule = "- alert: A\n  expr: \(text)\n  for: 5m"
        let found = try Self.findings(rule).filter { $0.check == .comment }
        #expect(found.first?.reason.contains("`\(swallowed ?? "")`") == (swallowed == nil ? nil : true), "\(found)")
        let formatted = RuleFormatter(
            "groups:\n- rules:\n  " + rule.replacing("\n", with: "\n  "), file: "r.yml")
        #expect(formatted.problems.map { $0.message.contains("swallows") } == (swallowed == nil ? [] : [true]))
        #expect(swallowed == nil || formatted.changes == 0)
    }

    @Test func `checks are left out by lists of ids, with blanks too, but for what makes a file unreadable`() throws {
        #expect(
            try RuleCheck.named(in: ["alerts/for, rule/unused", "promql/nan,"]) == [.missingFor, .unused, .notANumber])
        let unknown = #expect(throws: RuleCheck.DisablingError.self) { try RuleCheck.named(in: ["alerts/fro"]) }
        #expect(unknown?.description == "there is no check 'alerts/fro'; did you mean 'alerts/for'?")
        let needed = #expect(throws: RuleCheck.DisablingError.self) { try RuleCheck.named(in: ["rule/syntax"]) }
        #expect(needed?.description.contains("cannot be left out") == true)
    }

    @Test func `what nobody reads behind the first document is found, also when it is no YAML`() throws {
        for rest in ["groups: []\n", ": : [\n"] {
            let found = try Self.findings("groups: []\n---\n" + rest)
            #expect(found.map(\.check) == [.documents] && found.first?.line == 3, "\(found)")
            #expect(found.first?.description.hasPrefix("r.yml:3:1: warning: Prometheus reads only the first") == true)
        }
        #expect(try Self.findings("groups: []\n---\n# nothing\n").isEmpty)
        let ignored = "groups: []\n# alert-rules: ignore-file file/documents for another program\n---\na: 1\n"
        #expect(try Self.findings(ignored).isEmpty)
    }

    @Test func `an error knows its rule and its group`() throws {
        let text = """
            groups:
            - name: g
              limit: x
              rules:
              - {alert: A, expr: "up ==", labels: {__name__: a}}
              - {record: r, expr: up, annotations: {a: b}}
              - {expr: up}
            """
        let errors = #expect(throws: RuleFileErrors.self) { try RuleFile.parse(text, file: "r.yml") }
        let subjects = errors?.errors.map { RuleFinding($0).subject } ?? []
        let rules: [RuleFinding.Subject] = [
            .group("g"), .rule("A", group: "g"), .rule("A", group: "g"), .rule("r", group: "g"), .group("g"),
        ]
        #expect(subjects == rules)
    }
}
