import Testing

@testable import AlertRules

@Suite struct RuleLintTests {
    private func warnings(_ rules: String) throws -> [String] {
        let file = try RuleFile.parse("groups: [{name: g, rules: [\(rules)]}]", file: "r.yml")
        return RuleLint.warnings(of: file).map(\.message)
    }

    @Test("Clean rules give no warning")
    func clean() throws {
        let rules = """
            {record: 'a:b:rate', expr: 'sum by (x) (rate(a_total[5m]))'},
            {alert: A, expr: 'a:b:rate > 1', for: 5m, annotations: {s: '{{ $labels.x }}'}},
            {alert: B, expr: 'sum by (x) (rate(a_total[5m])) > 1', annotations: {s: '{{ $labels.x }}'}},
            {alert: C, expr: 'sum without (y) (rate(a_count[5m])) > 1', annotations: {s: '{{ $labels.x }}'}}
            """
        #expect(try warnings(rules) == [])
    }

    @Test("rate of what isn't named like a counter, missing for, lost labels and repeats are told")
    func told() throws {
        let rules = """
            {alert: A, expr: 'rate(temperature[5m]) > 1'},
            {alert: B, expr: 'up == 0'},
            {alert: C, expr: 'sum by (x) (rate(a_total[5m])) > 1', annotations: {s: '{{ $labels.y }} {{ .Labels.x }}'}},
            {record: d, expr: up}, {record: d, expr: up}
            """
        let found = try warnings(rules)
        #expect(found.count == 4)
        #expect(found[0].hasPrefix("\"A\": rate() of temperature, which isn't named like a counter"))
        #expect(found[1].hasPrefix("\"B\": fires at the first evaluation; add 'for'"))
        #expect(found[2] == "\"C\": a template uses $labels.y, but the expression's aggregation drops it")
        #expect(found[3].hasPrefix("\"d\": repeats the rule at line 4"))
    }
}
