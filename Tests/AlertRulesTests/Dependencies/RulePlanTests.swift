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
            ("{record: a, expr: x offset -5m}, {record: b, expr: x}", "ss"),
            ("{record: a, expr: x @ 10}, {record: b, expr: x}", "ss"),
            ("{record: a, expr: x}, {record: b, expr: '{job=\"j\"}'}", "rs"),
            (
                "{record: a, expr: x, labels: {l: '1'}}, {record: a, expr: x, labels: {l: '2'}}, {record: b, expr: x}",
                "ssr"
            ),
            ("{alert: A, expr: x, annotations: {s: '{{ query \"x\" }}'}}, {record: b, expr: x}", "ss"),
            ("{record: a, expr: x, labels: {l: p}}, {record: b, expr: 'a{l=\"q\"}'}", "rr"),
        ])
    func modes(rules: String, expected: String) throws {
        #expect(try stepped(rules) == expected)
    }

    @Test("A query offset makes the run stepped")
    func queryOffset() throws {
        #expect(try stepped("{record: a, expr: x}", offset: "1m") == "s")
    }
}
