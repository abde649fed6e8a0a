import Testing

@testable import AlertRules

@Suite struct RulePlanTests {
    private func stepped(_ rules: String, offset: String = "0s") throws -> String {
        let text = "groups: [{name: g, query_offset: \(offset), rules: [\(rules)]}]"
        let groups = try RuleFile.parse(text, file: "r.yml").groups
        return RulePlan(groups: groups).isStepped.map { $0 ? "s" : "r" }.joined()
    }

    @Test(
        "Rules take ranges unless they read the past of what comes with or after them",
        arguments: [
            ("{record: a, expr: x}, {record: b, expr: a}, {alert: A, expr: b > 0}", "rrr"),
            ("{record: b, expr: a}, {record: a, expr: x}", "ss"),
            ("{record: a, expr: a + 1}, {record: b, expr: x}", "sr"),
            ("{record: a, expr: a + 1}, {record: b, expr: a}, {record: c, expr: x}", "ssr"),
            ("{alert: A, expr: 'x unless ALERTS{alertname=\"A\"}'}, {alert: B, expr: x}", "sr"),
            ("{alert: A, expr: x}, {alert: B, expr: 'ALERTS{alertname=\"A\"}'}", "rr"),
            ("{alert: B, expr: 'ALERTS{alertname=\"A\"}'}, {alert: A, expr: x}", "ss"),
            ("{record: a, expr: x offset -5m}, {record: b, expr: x}", "sr"),
            ("{record: a, expr: x @ 10}, {record: b, expr: a}, {record: c, expr: x}", "ssr"),
            ("{record: a, expr: 'rate(x[step()])'}, {record: b, expr: '\"text\"'}, {record: c, expr: x}", "ssr"),
            ("{record: a, expr: x}, {record: b, expr: '{job=\"j\"}'}", "rs"),
            (
                "{record: a, expr: x, labels: {l: '1'}}, {record: a, expr: x, labels: {l: '2'}}, {record: b, expr: x}",
                "rrr"
            ),
            ("{record: a, expr: x}, {record: a, expr: y}, {record: b, expr: x}", "rrr"),
            ("{record: a, expr: x}, {record: a, expr: a + y}, {record: b, expr: x}", "ssr"),
            (
                "{record: a, expr: x, labels: {l: '1'}}, {record: a, expr: 'a{l=\"2\"}', labels: {l: '2'}}, "
                    + "{record: b, expr: x}", "rsr"
            ),
            ("{alert: A, expr: x, annotations: {s: '{{ query \"x\" }}'}}, {record: b, expr: x}", "ss"),
            ("{record: b, expr: x}, {alert: A, expr: x, annotations: {s: '{{ query \"x\" }}'}}", "rs"),
            ("{record: a, expr: x, labels: {l: p}}, {record: b, expr: 'a{l=\"q\"}'}", "rr"),
        ])
    func modes(rules: String, expected: String) throws {
        #expect(try stepped(rules) == expected)
    }

    @Test(
        "What a query offset delays is stepped where a rule with a shorter one reads it",
        arguments: [("1m", "1m", "rr"), ("1m", "2m", "rr"), ("2m", "1m", "ss"), ("0s", "1m", "rr"), ("1m", "0s", "ss")])
    func queryOffsets(first: String, second: String, expected: String) throws {
        let text = """
            groups: [{name: g, query_offset: \(first), rules: [{record: a, expr: x}]}, \
            {name: h, query_offset: \(second), rules: [{record: b, expr: a}]}]
            """
        #expect(
            RulePlan(groups: try RuleFile.parse(text, file: "r.yml").groups).isStepped.map { $0 ? "s" : "r" }.joined()
                == expected)
    }

    @Test("A thousand rules that read each other are planned in no time")
    func manyRules() throws {
        let rules = (0..<1_000).map { "{record: r\($0), expr: 'r\(max(0, $0 - 1)) + x'}" }.joined(separator: ", ")
        let groups = try RuleFile.parse("groups: [{name: g, rules: [\(rules)]}]", file: "r.yml").groups
        let plan = RulePlan(groups: groups)
        #expect(plan.isStepped.allSatisfy { $0 })
        #expect(plan.batches.count == 1_000)
    }
}
