import TestSupport
import Testing

@testable import AlertRules

@Suite struct RuleGraphTests {
    private func batches(_ rules: String) throws -> [[Int]] {
        let group = try RuleFile.parse("groups: [{name: g, rules: [\(rules)]}]", file: "r.yml").groups[0]
        return RuleGraph(rules: group.rules).batches()
    }

    @Test(
        "The fixtures' rules come in Prometheus's batches",
        .enabled(if: Conformance.isPresent, Comment(rawValue: Conformance.absence)),
        arguments: [
            ("rules_multiple_independent", [[0, 1, 2, 3, 4, 5, 6, 7]]),
            ("rules_multiple_dependents_on_base", [[0, 4], [1, 2, 3, 5, 6, 7]]),
            ("rules_chain", [[0, 1], [2], [3], [4, 5, 6]]),
            ("rules_indeterminates", [[0], [1], [2], [3], [4], [5], [6], [7]]),
        ] as [(String, [[Int]])])
    func fixtures(name: String, expected: [[Int]]) throws {
        let path = try #require(Conformance.directory) + "/rulefiles/fixtures/\(name).yaml"
        let groups = try RuleFile.load(path: path).groups
        #expect(groups.count == 1)
        let batches = RuleGraph(rules: groups[0].rules).batches()
        #expect(batches == expected.map { $0.filter { $0 < groups[0].rules.count } }.filter { !$0.isEmpty })
    }

    @Test("Readers of ALERTS depend on the alerts that they name, or on all")
    func alerts() throws {
        let alerts = "{alert: A, expr: x}, {alert: B, expr: x}"
        #expect(try batches(alerts + ", {record: r, expr: 'ALERTS{alertname=\"B\"}'}") == [[0, 1], [2]])
        #expect(
            try batches("{record: r, expr: x}, {alert: A, expr: r}, {alert: B, expr: 'ALERTS_FOR_STATE'}")
                == [[0], [1], [2]])
        #expect(try batches(alerts + ", {record: r, expr: 'ALERTS{alertname=\"C\"}'}") == [[0, 1, 2]])
    }

    @Test("A matcher on the name that isn't an equality finds the rules that it matches")
    func patterns() throws {
        #expect(
            try batches("{record: a1, expr: x}, {record: b1, expr: x}, {record: c, expr: '{__name__=~\"a.*\"}'}")
                == [[0, 1], [2]])
    }
}
