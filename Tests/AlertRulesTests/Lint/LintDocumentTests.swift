import AlertRules
import Foundation
import TestSupport
import Testing

@Suite struct LintDocumentTests {
    @Test func `docs/LINT.md explains every check in the words of --list`() throws {
        let text = try String(contentsOfFile: "\(Places.packageRoot)/docs/LINT.md", encoding: .utf8)
        #expect(text.hasSuffix("## The checks\n\n" + RuleCheck.catalogue), "write the output of check --list into it")
    }

    @Test func `docs/LINT.md shows the JSON report of its example`() throws {
        let text = try String(contentsOfFile: "\(Places.packageRoot)/docs/LINT.md", encoding: .utf8)
        let blocks = text.split(separator: "```").map(String.init)
        let place = try #require(blocks.firstIndex { $0.hasPrefix("json\n") })
        let rules = try #require(blocks[..<place].last { $0.hasPrefix("yaml\n") })
        let file = try RuleFile.parse(String(rules.dropFirst(5)), file: "rules.yml")
        let report = RuleFindingsReport.json(RuleLint().findings(in: [file]))
        #expect("json\n" + report == blocks[place], "write this into docs/LINT.md:\n\(report)")
    }

    @Test func `SARIF has the parts that version 2.1.0 asks for, and JSON counts by severity`() throws {
        let findings = try RuleLintTests.findings(RuleCheck.impossible.entry.bad)
        let sarif = RuleFindingsReport.sarif(findings, version: "1.2.3")
        let report = try #require(try JSONSerialization.jsonObject(with: Data(sarif.utf8)) as? [String: Any])
        #expect(report["version"] as? String == "2.1.0")
        let run = try #require((report["runs"] as? [[String: Any]])?.first)
        let driver = try #require((run["tool"] as? [String: Any])?["driver"] as? [String: Any])
        let rules = try #require(driver["rules"] as? [[String: Any]])
        #expect(rules.count == RuleCheck.allCases.count)
        let results = try #require(run["results"] as? [[String: Any]])
        #expect(results.count == findings.count)
        for result in results {
            let index = try #require(result["ruleIndex"] as? Int)
            #expect(rules[index]["id"] as? String == result["ruleId"] as? String)
            #expect(["note", "warning", "error"].contains(result["level"] as? String ?? ""))
            let location = try #require(
                (result["locations"] as? [[String: Any]])?.first?["physicalLocation"] as? [String: Any])
            let region = try #require(location["region"] as? [String: Int])
            #expect(region["startLine"] == findings.first?.line && region["startColumn"] == findings.first?.column)
        }
        let json = Data(RuleFindingsReport.json(findings).utf8)
        let counts = try #require(try JSONSerialization.jsonObject(with: json) as? [String: Any])
        #expect(counts["warnings"] as? Int == 1 && counts["hints"] as? Int == 0)
    }

    @Test(.enabled(if: Conformance.isPresent, "the conformance cases are absent: set CONFORMANCE_DIR"))
    func `of Prometheus's own files only the faults that they were made for, and careless rules, are found`() throws {
        var found: [String: Set<String>] = [:]
        for folder in ["promtool", "rulefiles/fixtures", "rulefiles/rulefmt"] {
            for name in try Conformance.names(in: folder) where name != "rules_large.yml" {
                let text = String(decoding: try Conformance.bytes("\(folder)/\(name)"), as: UTF8.self)
                let options = RuleFile.Options(ignoresUnknownKeys: true)
                guard let file = try? RuleFile.parse(text, file: name, options: options) else { continue }
                let warnings = RuleLint().findings(in: [file]).filter { $0.severity >= .warning }
                if !warnings.isEmpty { found[name] = Set(warnings.map(\.check.rawValue)) }
            }
        }
        let alwaysFiring: Set<String> = ["alerts/always-firing"]
        #expect(
            found == [
                // Fixed and future times, which their unit tests want.
                "at-modifier.yml": ["promql/offset"], "negative-offset.yml": ["promql/offset"],
                // Which Prometheus warns of.
                "rules_multi_doc.yaml": ["file/documents"],
                // Made for promtool's own lint.
                "prometheus-rules.lint.yml": ["rule/duplicate"], "rules_duplicates.yml": ["rule/duplicate"],
                // `1 < bool 2` and numbers as alerts.
                "alert_rule.yaml": ["alerts/always-firing", "promql/always-true"],
                "alert_rule1.yaml": ["alerts/always-firing", "promql/always-true"],
                "bad_field.bad.yaml": alwaysFiring, "legacy_validation_annotation.bad.yaml": alwaysFiring,
                "legacy_validation_annotation.good.yaml": alwaysFiring, "utf-8_annotation.good.yaml": alwaysFiring,
                // The same alert three times, without a condition, with `{{ $.labels }}`.
                "test.yaml": ["alerts/no-condition", "alerts/template", "rule/duplicate"],
                "test_aliases.yaml": ["alerts/no-condition", "alerts/template", "rule/duplicate"],
            ])
    }

    @Test func `the alerts for Gatehouse itself give no finding`() throws {
        let file = try RuleFile.load(path: "\(Places.packageRoot)/deploy/monitoring/alerts.example.yaml")
        #expect(RuleLint().findings(in: [file]).map(\.description) == [])
    }
}
