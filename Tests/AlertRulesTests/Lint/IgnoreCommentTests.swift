import Foundation
import TestSupport
import Testing

@testable import AlertRules

@Suite struct IgnoreCommentTests {
    private func found(_ text: String) throws -> [String] {
        try RuleLintTests.findings(text).map { "\($0.line) \($0.check.rawValue)" }
    }

    @Test func `comments and settings suppress, and only what they name`() throws {
        let rules = """
            # alert-rules: ignore alerts/for probed thrice
            # by the prober
            - alert: A
              expr: up == 0
            - alert: B
              expr: up == 0  # alert-rules: ignore alerts/for probed thrice
            - alert: C
              # alert-rules: ignore promql/impossible no such thing
              expr: up == 0
            - alert: D
              expr: |
                # alert-rules: ignore promql/nonsense x
                up == 0
            """
        let found = try RuleLintTests.findings(rules).map { "\($0.line) \($0.severity.rawValue) \($0.check.rawValue)" }
        #expect(found == ["10 hint alerts/for", "11 hint lint/ignore", "13 hint alerts/for", "15 warning lint/ignore"])
        var settings = RuleLint.Settings()
        settings.disabled = [.missingFor, .ignore]
        #expect(try RuleLintTests.findings(rules, settings).isEmpty)
        let whole = "# alert-rules: ignore-file alerts/for all of them\n" + RuleCheck.missingFor.entry.bad
        #expect(try RuleLintTests.findings(whole).isEmpty)
    }

    @Test func `a comment with an unknown word behind the name suppresses nothing and is found`() throws {
        let rules = "# alert-rules: ingore alerts/for probed thrice\n" + RuleCheck.missingFor.entry.bad
        let found = try RuleLintTests.findings(rules)
        #expect(found.contains { $0.check == .missingFor })
        let remark = try #require(found.first { $0.check == .ignore })
        #expect(remark.severity == .warning && remark.reason.contains("\"ingore\""), "\(remark)")
        #expect(remark.endColumn == remark.column + 21)
    }

    @Test func `every comment of a long run is about the rule below it, and the last run about none`() throws {
        let comments = Array(repeating: "# alert-rules: ignore alerts/for probed thrice", count: 5_000)
        let rules = ["- alert: A", "  expr: up == 0", "- alert: B", "  expr: up == 0"]
        #expect(try found((comments + rules).joined(separator: "\n")) == ["5006 alerts/for"])
        let behind = try RuleLintTests.findings((rules + comments).joined(separator: "\n"))
        #expect(behind.count == 5_002 && behind.count { $0.check == .missingFor } == 2)
    }

    @Test(arguments: [
        // A blank line, another group, or another document lies between the comment and the next rule.
        ("    # COMMENT\n\n", ["4 alerts/for", "6 lint/ignore", "8 alerts/for"]),
        ("\n  # COMMENT\n\n", ["4 alerts/for", "7 lint/ignore", "9 alerts/for"]),
        ("# COMMENT\n- name: h\n  rules:\n", ["4 alerts/for", "6 lint/ignore", "9 alerts/for"]),
        ("- name: h\n  # COMMENT\n  rules:\n", ["4 alerts/for", "7 lint/ignore", "9 alerts/for"]),
        // Directly above the next one, whatever its indent.
        ("    # COMMENT\n", ["4 alerts/for"]), ("# COMMENT\n  # and more\n", ["4 alerts/for"]),
        // On a line of the first.
        ("    # COMMENT\n    for: 0s\n", ["8 alerts/for"]), ("    for: 0s # COMMENT\n", ["7 alerts/for"]),
        ("    annotations:\n      a: |\n        b\n        # COMMENT\n", ["10 alerts/for"]),
    ])
    func `a comment is about the rule on whose lines it stands, or that follows directly`(
        between: String, expected: [String]
    ) throws {
        let comment = "alert-rules: ignore alerts/for probed thrice"
        let text =
            "groups:\n- name: g\n  rules:\n  - alert: A\n    expr: up == 0\n"
            + between.replacing("COMMENT", with: comment) + "  - alert: B\n    expr: x == 0\n"
        #expect(try found(text) == expected)
    }

    @Test func `many comments and many findings take no time that multiplies`() throws {
        let rule = "# alert-rules: ignore alerts/for meant so\n- alert: A\n  expr: up == 0\n  labels: {i: '%'}\n"
        let rules = (0..<3_000).map { rule.replacing("%", with: String($0)) }
        #expect(try found(rules.joined()) == [])
        let all = String(repeating: "# alert-rules: ignore-file alerts/for meant so\n", count: 3_000)
        #expect(try found(all + rules.joined()).count { $0.hasSuffix("alerts/for") } == 0)
    }

    @Test func `the last line of a rule in braces is one of its lines`() throws {
        let text =
            "groups:\n- name: g\n  rules:\n  - {alert: A,\n    expr: up == 0\n    } # alert-rules: ignore alerts/for meant\n"
        #expect(try found(text) == [])
    }

    @Test(arguments: [
        "#alert-rules: ignore", "#  alert-rules: ignore", "# Alert-Rules: ignore", "#\tALERT-RULES: ignore",
    ])
    func `other blanks and capitals make the same comment`(start: String) throws {
        #expect(try found("- alert: A\n  expr: up == 0  \(start) alerts/for probed thrice") == [])
        #expect(try found("- alert: A\n  expr: up == 0  \(start)x alerts/for x").contains("5 lint/ignore"))
    }

    @Test func `what only looks like a comment to alert-rules is left alone`() throws {
        let rule = "- alert: A\n  expr: up == 0\n  for: 5m\n  annotations: {channel: 'see #alert-rules: ask there'}"
        #expect(try found(rule) == [])
    }

    @Test func `the example of docs/LINT.md suppresses what it says`() throws {
        let text = try String(contentsOfFile: "\(Places.packageRoot)/docs/LINT.md", encoding: .utf8)
        let blocks = text.split(separator: "```").map(String.init)
        let example = try #require(blocks.first { $0.hasPrefix("yaml\n") && $0.contains("ignore-file") })
        func found(_ text: String) throws -> [RuleCheck] {
            RuleLint().findings(in: [try RuleFile.parse(text, file: "r.yml")]).map(\.check)
        }
        #expect(try found(String(example.dropFirst(5))) == [])
        let bare = String(example.dropFirst(5)).replacing("# alert-rules:", with: "#")
        #expect(Set(try found(bare)) == [.unused, .mixedWindows, .missingFor, .absentUnsafe])
    }

    @Test func `a comment may name several checks, and each must suppress something`() throws {
        let rules = """
            # alert-rules: ignore alerts/for,promql/impossible both are meant
            - alert: A
              expr: up > 1
            # alert-rules: ignore alerts/for , promql/impossible, rule/unused all are meant
            - alert: B
              expr: up > 1
            # alert-rules: ignore alerts/fro, alerts/for meant
            - alert: C
              expr: up == 0
            # alert-rules: ignore alerts/for,
            - alert: D
              expr: up == 0
            """
        let found = try RuleLintTests.findings(rules)
        #expect(
            found.map { "\($0.line) \($0.severity.rawValue) \($0.check.rawValue)" }
                == ["7 hint lint/ignore", "10 warning lint/ignore", "13 warning lint/ignore", "14 hint alerts/for"])
        #expect(found[0].reason == "the comment suppresses no rule/unused")
        #expect(found[1].reason == "the comment names no check: \"alerts/fro\"")
        #expect(found[1].suggestion.hasPrefix("did you mean alerts/for? "))
        #expect(found[1].subject == .rule("C", group: "g"))
    }
}
