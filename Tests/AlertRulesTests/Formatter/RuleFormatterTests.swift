import TestSupport
import Testing

@testable import AlertRules

@Suite struct RuleFormatterTests {
    private static let long =
        "sum by(job)(rate(gateway_requests_total{code=~\"5..\",job=\"gateway\"}[5m]))/sum by(job)(rate(gateway_requests_total[5m]))>0.05"

    private func format(_ text: String) -> String {
        let result = RuleFormatter(text, file: "r.yml")
        #expect(result.problems.isEmpty, "\(result.problems)")
        let again = RuleFormatter(result.text, file: "r.yml")
        #expect(again.text == result.text)
        #expect(again.changes == 0)
        return result.text
    }

    private func rules(_ expression: String) -> String {
        "# top\ngroups:\n- name: g # group\n  rules:\n  - alert: A\n    expr: \(expression)\n    for: 5m # wait\n"
    }

    @Test(arguments: [
        ("sum(up)by(job)  # why", "sum by (job) (up)  # why"), ("'up{a=''b''}'", "'up{a=\"b\"}'"),
        ("'up{a=\"it''s\"}>1'", "'up{a=\"it''s\"} > 1'"), ("\"up{a='b'}\"", "\"up{a=\\\"b\\\"}\""),
        ("up{a='b'} # c", "up{a=\"b\"} # c"), ("up", "up"),
        ("&x  sum(up)by(job)", "&x  sum by (job) (up)"), ("!!str sum(up)by(job)", "!!str sum by (job) (up)"),
        ("sum(up)\n      by (job)", "sum by (job) (up)"),
        ("|\n      sum(up)\n        by(job)", "|\n      sum by (job) (up)"),
        (">-\n      sum(up)\n      by(job)", "|-\n      sum by (job) (up)"),
        ("|  # why\n      # c\n      up==1", "|  # why\n      # c\n      up == 1"),
        ("|+\n      up==1\n", "|+\n      up == 1\n"), ("|2-\n      up==1", "|-\n      up == 1"),
    ])
    func `an expression that fits is formatted in its own style`(old: String, new: String) {
        #expect(format(rules(old)) == rules(new))
    }

    @Test(arguments: ["", "'", "\"", "|\n      ", ">-\n      "])
    func `an expression of several lines becomes a block with an indent`(style: String) {
        let isQuoted = style == "'" || style == "\""
        let text = style == "\"" ? Self.long.split(separator: "\"").joined(separator: "\\\"") : Self.long
        let expected = """
            |2\(style.hasPrefix(">-") ? "-" : "")
                    sum by (job) (rate(gateway_requests_total{code=~"5..",job="gateway"}[5m]))
                  /
                    sum by (job) (rate(gateway_requests_total[5m]))
                >
                  0.05
            """
        let indented = expected.split(separator: "\n").enumerated().map { $0 == 0 ? String($1) : "  " + $1 }
        #expect(format(rules(style + text + (isQuoted ? style : ""))) == rules(indented.joined(separator: "\n")))
    }

    @Test func `flow style, line ends, a missing last line end and unit-test files are respected`() {
        #expect(
            format("groups: [{name: g, rules: [{record: a, expr: 'sum(up)by(x)'}]}]")
                == "groups: [{name: g, rules: [{record: a, expr: 'sum by (x) (up)'}]}]")
        #expect(
            format("groups:\r\n- rules:\r\n  - expr: a+b\r\n    record: c\r\n")
                == "groups:\r\n- rules:\r\n  - expr: a + b\r\n    record: c\r\n")
        let windows = format("groups:\r\n- rules:\r\n  - record: c\r\n    expr: \(Self.long)")
        #expect(windows.contains("expr: |2\r\n") && windows.hasSuffix("\r\n      >\r\n        0.05"))
        #expect(!windows.replacing("\r\n", with: "").contains("\n"))
        #expect(
            format("tests:\n- promql_expr_test:\n  - expr: a+b\n    eval_time: 1m\n")
                == "tests:\n- promql_expr_test:\n  - expr: a + b\n    eval_time: 1m\n")
        let shared = "groups:\n- rules:\n  - {record: a, expr: &e 'x+y'}\n  - {record: b, expr: *e}\n"
        #expect(format(shared) == shared.replacing("x+y", with: "x + y"))
    }

    @Test(arguments: ["", "\n", "# nothing yet\n", "---\n# nothing\n", "---\n---\n"])
    func `a file without content stays as it is`(text: String) {
        #expect(format(text) == text)
    }

    @Test(arguments: [
        ("groups:\n- rules:\n  - {record: a, expr: 'sum('}\n", "r.yml:3:28: parse error: unclosed left parenthesis"),
        (
            "groups: [{rules: [{expr: 'x{a=\"\\xff\"}+1'}]}]",
            "r.yml:1:26: the formatted expression would mean something"
        ),
        ("a: b\n", "r.yml: this is neither a rule file (groups) nor a unit-test file (tests)"),
        (
            "groups:\n- rules:\n  - {alert: a, expr: &e 'x+y', annotations: {s: *e}}\n",
            "r.yml:3:22: the expression shares an anchor with groups[0].rules[0].annotations.s, which is no expression"
        ),
        ("groups: [{rules: [{expr: 'x+y'}]}]\n---\na: [\n", "r.yml:4:1:"),
        ("groups: [\n", "r.yml:2:1:"),
        ("groups: [{rules: [{expr: \"x + # c\\n y\"}]}]", "r.yml:1:26: the expression needs several lines"),
    ])
    func `what cannot be handled safely is left and told`(text: String, problem: String) {
        let result = RuleFormatter(text, file: "r.yml")
        #expect(result.text == text)
        #expect(result.problems.first?.description.hasPrefix(problem) == true, "\(result.problems)")
    }

    @Test func `an anchor shared with something else keeps its expression only`() {
        let text =
            "groups:\n- rules:\n  - {alert: a, expr: &e 'x+y', annotations: {s: *e}}\n  - {record: b, expr: 'x+y'}\n"
        let result = RuleFormatter(text, file: "r.yml")
        #expect(result.text == text.replacing("{record: b, expr: 'x+y'}", with: "{record: b, expr: 'x + y'}"))
        #expect(result.changes == 1 && result.problems.count == 1)
        let merged =
            "groups:\n- rules:\n  - &m {alert: a, expr: 'x+y'}\n  - {<<: *m, alert: b}\n  - {<<: [*m], alert: c}\n"
        #expect(format(merged) == merged.replacing("x+y", with: "x + y"))
    }

    @Test func `all documents of a file are formatted`() {
        let text = "groups: [{rules: [{expr: 'x+y'}]}]\n---\n# c\ngroups:\n- rules:\n  - expr: x+y\n---\na: b\n"
        #expect(format(text) == text.replacing("x+y", with: "x + y"))
    }

    @Test func `random files keep all but the layout of their expressions, and change once only`() throws {
        var random = SeededGenerator.forTest(seed: 31)
        for _ in 0..<200 {
            let text = RandomRuleFile.text(&random)
            let before = try RuleFile.parse(text, file: "r.yml")
            let result = RuleFormatter(text, file: "r.yml")
            #expect(result.problems.isEmpty, "\(result.problems)\n\(text)")
            let after = try RuleFile.parse(result.text, file: "r.yml")
            #expect(Self.summary(before) == Self.summary(after), "\(text)")
            #expect(RuleFormatter(result.text, file: "r.yml").text == result.text, "\(text)\n\(result.text)")
            #expect(Self.comments(text) == Self.comments(result.text), "\(text)\n\(result.text)")
        }
    }

    @Test(.enabled(if: Conformance.isPresent, "the conformance cases are absent: set CONFORMANCE_DIR"))
    func `Prometheus's own rule files are formatted once and hold the same rules`() throws {
        for folder in ["promtool", "rulefiles/fixtures", "rulefiles/rulefmt"] {
            for name in try Conformance.names(in: folder) where name.hasSuffix(".yml") || name.hasSuffix(".yaml") {
                let text = String(decoding: try Conformance.bytes("\(folder)/\(name)"), as: UTF8.self)
                let result = RuleFormatter(text, file: name)
                #expect(RuleFormatter(result.text, file: name).text == result.text, "\(name)")
                guard let before = try? RuleFile.parse(text, file: name) else { continue }
                #expect(Self.summary(before) == Self.summary(try RuleFile.parse(result.text, file: name)), "\(name)")
            }
        }
    }

    private static func summary(_ file: RuleFile) -> [String] {
        file.groups.flatMap(\.rules).map { rule in
            let texts = (rule.labels + rule.annotations).map { "\($0.name)=\($0.template.text)" }
            return "\(rule.kind) \(rule.name) \(rule.expression) \(rule.forMillis) \(texts)"
        }
    }

    private static func comments(_ text: String) -> [Substring] {
        text.split { $0 == "\n" || $0 == "\r\n" }.compactMap { line in line.firstIndex(of: "#").map { line[$0...] } }
            .sorted()
    }
}

/// Rule files in every style that YAML has for an expression.
enum RandomRuleFile {
    static func text(_ random: inout SeededGenerator) -> String {
        let isWindows = random.oneIn(5)
        var lines = ["# head", "groups:", "- name: g"]
        if random.oneIn(2) { lines.append("  interval: 1m  # often") }
        lines.append("  rules:")
        for number in 0..<random.int(1...5) {
            lines += rule(&random, number).map { (random.oneIn(2) ? "  " : "  ") + $0 }
            if random.oneIn(3) { lines += ["", "  # between"] }
        }
        return lines.joined(separator: isWindows ? "\r\n" : "\n") + (random.oneIn(4) ? "" : isWindows ? "\r\n" : "\n")
    }

    private static func rule(_ random: inout SeededGenerator, _ number: Int) -> [String] {
        if random.oneIn(8) {
            return ["- {record: 'r\(number)', expr: '\(single(expression(&random)))', labels: {a: \"b\"}}"]
        }
        let head = ["- alert: \"A\(number)\"  # name", "  annotations: {summary: 'it''s'}"]
        return head + expr(&random) + (random.oneIn(2) ? ["  for: 5m", "  # behind"] : [])
    }

    private static func expr(_ random: inout SeededGenerator) -> [String] {
        let text = expression(&random)
        let words = text.split(separator: " ").map(String.init)
        switch random.int(0...6) {
        case 0: return ["  expr: '\(single(text))'  # single"]
        case 1: return ["  expr: \"\(text.flatMap { $0 == "\"" ? ["\\", $0] : [$0] }.map(String.init).joined())\""]
        case 2:
            return ["  expr: &e\(random.int(0...1_000_000)) '\(single(words[0]))"]
                + words.dropFirst().map { "    " + single($0) } + ["    '"]
        case 3: return ["  expr: >-"] + words.map { "      " + $0 }
        case 4: return ["  expr: |  # block", "    # inside \(random.int(0...9))"] + words.map { "    " + $0 }
        case 5: return ["  expr: |"] + words.map { "        " + $0 } + [""]
        default: return ["  expr: \(plain(words[0]))"] + words.dropFirst().map { "    " + $0 }
        }
    }

    /// Plain scalars may not begin with these.
    private static func plain(_ word: String) -> String {
        "{'\"-".contains(word.prefix(1)) ? "x{} +\n      " + word : word
    }

    private static func single(_ text: String) -> String {
        text.flatMap { $0 == "'" ? ["'", "'"] : [$0] }.map(String.init).joined()
    }

    private static func expression(_ random: inout SeededGenerator, _ depth: Int = 4) -> String {
        let names = [
            "up{job=\"api\"}", "rate(requests_total{code=~'5..'}[5m])", "a_rather_long_metric_name_total{path!=\"/\"}",
        ]
        if depth == 0 { return names[random.int(0...2)] }
        switch random.int(0...4) {
        case 0: return "sum( \(expression(&random, depth - 1)) )by(job)"
        case 1: return "( \(expression(&random, depth - 1)) )"
        case 2:
            return "( \(expression(&random, depth - 1)) ) + on(job) ( \(expression(&random, depth - 1)) )"
        default: return names[random.int(0...2)]
        }
    }
}
