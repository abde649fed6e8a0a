import TestSupport
import Testing

@testable import AlertRules

@Suite struct RuleFileTests {
    private func errors(_ text: String) -> [String] {
        do {
            _ = try RuleFile.parse(text, file: "r.yml")
            return []
        } catch {
            return error.errors.map(\.description)
        }
    }

    @Test("An error inside an expression points into the file and quotes the expression")
    func expressionPosition() {
        let text = """
            groups:
              - name: g
                rules:
                  - alert: A
                    expr: sum(rate(x))
            """
        let expected =
            "r.yml:5:24: group \"g\", rule 1, \"A\": could not parse expression: parse error: expected type "
            + "range vector in call to function \"rate\", got instant vector, in \"sum(rate(x))\""
        #expect(errors(text) == [expected])
    }

    @Test("An error inside a long expression quotes its beginning only", arguments: ["x", "e\u{301}\u{301}"])
    func longExpression(repeated: String) {
        let name = String(repeating: repeated, count: 10_000)
        for expression in [name + "(", "sum(rate(\(name)))", "\"" + name] {
            let found = errors("groups:\n- name: g\n  rules:\n  - record: r\n    expr: |\n      \(expression)\n")
            #expect(found.count == 1)
            #expect(found.allSatisfy { $0.utf8.count < 1_000 && $0.contains("…\"") })
        }
    }

    @Test("An error in a block scalar points to its line")
    func blockPosition() {
        let text = "groups:\n- name: g\n  rules:\n  - record: r\n    expr: |\n      sum(a)\n      /\n      sum(b))\n"
        #expect(errors(text).count == 1)
        #expect(
            errors(text)[0].hasPrefix(
                "r.yml:8:13: group \"g\", rule 1, \"r\": could not parse expression: parse error:"))
    }

    @Test("All errors of a file are reported, in the order of the file")
    func allErrors() {
        let text = """
            groups:
              - name: g
                intervall: 5s
                rules:
                  - alert: A
                    expr: up ==
                    for: abc
                  - record: "a{b}"
                    expr: 1
                    for: 5m
                  - alert: B
                    expr: up
                    annotations:
                      summary: "{{ $label.x }}"
              - name: g
            """
        let found = errors(text)
        #expect(found.count == 7)
        #expect(
            found.contains {
                $0.hasPrefix("r.yml:3:5: field intervall not found in type rulefmt.RuleGroup; did you mean 'interval'?")
            })
        #expect(found.contains { $0.contains("r.yml:7:14") && $0.contains("not a valid duration string: \"abc\"") })
        #expect(found.contains { $0.hasPrefix("r.yml:10:9") && $0.contains("invalid field 'for' in recording rule") })
        #expect(found.contains { $0.hasPrefix("r.yml:14:") && $0.contains("undefined variable \"$label\"") })
        #expect(found.contains { $0.contains("\"g\" is repeated in the same file") })
    }

    @Test("Group labels reach every rule, and a rule's own label wins")
    func groupLabels() throws {
        let file = try RuleFile.parse(
            "groups: [{name: g, labels: {a: x, b: y}, rules: [{record: r, expr: '1', labels: {b: z}}]}]", file: "r.yml")
        let labels = file.groups[0].rules[0].labels
        #expect(labels.map(\.name) == ["a", "b"])
        #expect(labels.map(\.template.text) == ["x", "z"])
    }

    @Test("Empty files and files without groups are fine", arguments: ["", "groups:", "groups: []", "# nothing\n"])
    func empty(text: String) {
        #expect(errors(text) == [])
    }

    @Test(
        "Broken files give errors, never traps",
        arguments: ["a: [", "[1, 2]", "groups: 5", "groups: [5]", "\t", "groups: [{rules: x}]"])
    func broken(text: String) {
        #expect(!errors(text).isEmpty)
    }

    static let badFiles: [(String, String)] = [
        ("duplicate_grp", "is repeated in the same file"), ("bad_expr", "parse error"),
        ("record_and_alert", "only one of 'record' and 'alert' must be set"),
        ("no_rec_alert", "one of 'record' or 'alert' must be set"), ("noexpr", "field 'expr' must be set in rule"),
        ("invalid_record_name", "braces present"), ("bad_field", "field annotation not found"),
        ("invalid_label_name", "invalid label name"), ("record_and_for", "invalid field 'for'"),
        ("record_and_keep_firing_for", "invalid field 'keep_firing_for'"),
    ]

    @Test(
        "Prometheus's bad rule files give its errors",
        .enabled(if: Conformance.isPresent, Comment(rawValue: Conformance.absence)), arguments: badFiles)
    func badFile(name: String, expected: String) throws {
        let path = try #require(Conformance.directory) + "/rulefiles/rulefmt/\(name).bad.yaml"
        let error = #expect(throws: RuleFileErrors.self) { try RuleFile.load(path: path) }
        #expect(error?.description.contains(expected) == true, "\(String(describing: error))")
    }

    @Test(
        "An annotation name with a dash is refused by the legacy rule only",
        .enabled(if: Conformance.isPresent, Comment(rawValue: Conformance.absence)))
    func legacyNames() throws {
        let path = try #require(Conformance.directory) + "/rulefiles/rulefmt/legacy_validation_annotation.bad.yaml"
        #expect(throws: Never.self) { try RuleFile.load(path: path) }
        let error = #expect(throws: RuleFileErrors.self) {
            try RuleFile.load(path: path, options: RuleFile.Options(legacyNames: true))
        }
        #expect(error?.description.contains("invalid annotation name: ins-tance") == true)
    }

    @Test(
        "Prometheus's good rule files load",
        .enabled(if: Conformance.isPresent, Comment(rawValue: Conformance.absence)))
    func goodFiles() throws {
        let root = try #require(Conformance.directory) + "/rulefiles"
        var loaded = 0
        for folder in ["fixtures", "rulefmt"] {
            for name in try Conformance.names(in: "rulefiles/\(folder)")
            where !name.contains(".bad.") && name != "invalid_rules.yaml" {
                #expect(throws: Never.self, "\(name)") { try RuleFile.load(path: "\(root)/\(folder)/\(name)") }
                loaded += 1
            }
        }
        #expect(loaded >= 15)
        #expect(throws: RuleFileErrors.self) { try RuleFile.load(path: "\(root)/fixtures/invalid_rules.yaml") }
    }

    @Test("Merge keys take over what the rule does not set itself")
    func mergeKeys() throws {
        let text = """
            groups:
              - name: g
                rules:
                  - &base {alert: A, expr: up == 0, for: 5m, labels: {severity: page}}
                  - {<<: *base, alert: B}
            """
        let rules = try RuleFile.parse(text, file: "r.yml").groups[0].rules
        #expect(rules.map(\.name) == ["A", "B"])
        #expect(rules[1].forMillis == 300_000)
        #expect(rules[1].labels.map(\.name) == ["severity"])
    }
}
