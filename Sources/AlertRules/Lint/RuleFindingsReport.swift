import PromQL

/// Findings as machines read them.
public enum RuleFindingsReport {
    /// `{"findings":[…],"errors":1,"warnings":2,"hints":3}`, with a line a finding; docs/LINT.md explains the fields.
    public static func json(_ findings: [RuleFinding]) -> String {
        let lines = findings.map { finding in
            object([
                ("file", quoted(finding.file)), ("line", "\(finding.line)"), ("column", "\(finding.column)"),
                ("endLine", "\(finding.endLine)"), ("endColumn", "\(finding.endColumn)"),
                ("severity", quoted(finding.severity.rawValue)), ("check", quoted(finding.check.rawValue)),
                ("group", group(finding.subject)), ("rule", rule(finding.subject)), ("metric", metric(finding.subject)),
                ("reason", quoted(finding.reason)), ("suggestion", quoted(finding.suggestion)),
            ])
        }
        let counts = RuleSeverity.allCases.reversed().map { severity in
            ("\(severity.rawValue)s", "\(findings.count { $0.severity == severity })")
        }
        let list = lines.isEmpty ? "[]" : "[\n" + lines.joined(separator: ",\n") + "\n]"
        return object([("findings", list)] + counts) + "\n"
    }

    private static func group(_ subject: RuleFinding.Subject) -> String {
        switch subject {
        case .group(let name), .rule(_, let name): quoted(name)
        case .file, .metric: "null"
        }
    }

    private static func rule(_ subject: RuleFinding.Subject) -> String {
        if case .rule(let name, _) = subject { quoted(name) } else { "null" }
    }

    private static func metric(_ subject: RuleFinding.Subject) -> String {
        if case .metric(let name) = subject { quoted(name) } else { "null" }
    }

    /// SARIF 2.1.0 (OASIS), as code-scanning services take it: one run, every check as a rule.
    public static func sarif(_ findings: [RuleFinding], version: String = "") -> String {
        let order = Dictionary(uniqueKeysWithValues: RuleCheck.allCases.enumerated().map { ($0.element, $0.offset) })
        let rules = RuleCheck.allCases.map(rule)
        let driver = object(
            [("name", quoted("alert-rules"))] + (version.isEmpty ? [] : [("version", quoted(version))])
                + [("rules", array(rules))])
        let results = findings.map { result($0, index: order[$0.check] ?? 0) }
        let run = object([
            ("tool", object([("driver", driver)])), ("columnKind", quoted("unicodeCodePoints")),
            ("results", array(results)),
        ])
        return object([
            ("$schema", quoted("https://json.schemastore.org/sarif-2.1.0.json")), ("version", quoted("2.1.0")),
            ("runs", array([run])),
        ]) + "\n"
    }

    private static func rule(_ check: RuleCheck) -> String {
        object([
            ("id", quoted(check.rawValue)), ("shortDescription", text(check.entry.summary)),
            ("fullDescription", text(check.entry.why)),
            ("defaultConfiguration", object([("level", quoted(level(check.severity)))])),
        ])
    }

    private static func result(_ finding: RuleFinding, index: Int) -> String {
        var location = [("artifactLocation", object([("uri", quoted(uri(finding.file)))]))]
        if finding.line > 0 {
            location.append(
                (
                    "region",
                    object([
                        ("startLine", "\(finding.line)"), ("startColumn", "\(max(1, finding.column))"),
                        ("endLine", "\(max(finding.line, finding.endLine))"),
                        ("endColumn", "\(max(1, finding.endColumn))"),
                    ])
                ))
        }
        return object([
            ("ruleId", quoted(finding.check.rawValue)), ("ruleIndex", "\(index)"),
            ("level", quoted(level(finding.severity))),
            ("message", text(finding.message)),
            ("locations", array([object([("physicalLocation", object(location))])])),
        ])
    }

    private static func level(_ severity: RuleSeverity) -> String { severity == .hint ? "note" : severity.rawValue }

    /// A path as a relative reference, or as a `file:` address when it is absolute; an address as it stands.
    private static func uri(_ path: String) -> String {
        if path.hasPrefix("http://") || path.hasPrefix("https://") { return path }
        let plain = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/".utf8)
        let hex = Array("0123456789ABCDEF")
        var out = path.hasPrefix("/") ? "file://" : ""
        for byte in path.utf8 {
            if plain.contains(byte) {
                out.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                out += "%\(hex[Int(byte >> 4)])\(hex[Int(byte & 15)])"
            }
        }
        return out
    }

    private static func text(_ text: String) -> String { object([("text", quoted(text))]) }
    private static func quoted(_ text: String) -> String { JSONText.quoted(text) }
    private static func array(_ items: [String]) -> String { "[" + items.joined(separator: ",") + "]" }
    private static func object(_ members: [(String, String)]) -> String {
        "{" + members.map { quoted($0.0) + ":" + $0.1 }.joined(separator: ",") + "}"
    }
}
