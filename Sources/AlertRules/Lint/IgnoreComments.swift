import StrictYAML

/// The comments of a rule file that suppress findings: `# alert-rules: ignore ID reason` on a line of a rule or in the
/// comment directly above it, `# alert-rules: ignore-file ID reason` anywhere.
struct IgnoreComments {
    private struct Directive {
        var line: Int
        var column: Int
        /// Of the comment up to its verb, in code points.
        var length: Int
        /// `ignore`, `ignore-file`, or what is neither.
        var verb: String
        /// Separated by commas in the comment; empty when the verb isn't known, so that nothing is suppressed.
        var checks: [String]
        var reason: String
        /// First line of the rule that is meant.
        var ruleLine: Int?
        /// Those of the checks that suppressed something.
        var used: Set<String> = []
    }

    private let file: String
    private var directives: [Directive] = []
    /// Places of directives that may suppress: those for the file by check, the others by the rule's first line.
    private var ofFile: [String: [Int]] = [:]
    private var ofRule: [Int: [Int]] = [:]
    private var usedOfFile: Set<String> = []
    /// The rules by their first lines.
    private var subjects: [Int: RuleFinding.Subject] = [:]

    init(_ file: RuleFile) {
        self.file = file.path
        guard let root = file.root, CommentMarker.isIn(root.fileBytes) else { return }
        for group in file.groups {
            for rule in group.rules { subjects[rule.line] = .rule(rule.name, group: group.name) }
        }
        let lines = root.fileBytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        let meant = RuleLines(root, lines).meant
        for (index, line) in lines.enumerated() where line.contains(UInt8(ascii: "#")) {
            guard var directive = IgnoreComments.directive(String(decoding: line, as: UTF8.self)) else { continue }
            directive.line = index + 1
            directive.ruleLine = meant[index]
            note(directive)
        }
    }

    private mutating func note(_ directive: Directive) {
        let place = directives.count
        directives.append(directive)
        guard !directive.reason.isEmpty else { return }
        if directive.verb == "ignore-file" {
            for check in Set(directive.checks) { ofFile[check, default: []].append(place) }
        } else if let line = directive.ruleLine {
            ofRule[line, default: []].append(place)
        }
    }

    private static let verbs: Set<String> = ["ignore", "ignore-file"]

    private static func directive(_ line: String) -> Directive? {
        guard let marker = CommentMarker(in: line) else { return nil }
        let place = marker.range
        let words = line[place.upperBound...].split { $0 == " " || $0 == "\t" || $0 == "\r" }
        let verb = words.first.map(String.init) ?? ""
        // Another spelling may be a text, `#alert-rules: see there`, unless the word behind it is nearly right.
        if !marker.isCanonical, NearestName.of(verb, among: verbs.sorted()) == nil { return nil }
        let end = words.first?.endIndex ?? place.upperBound
        var checks: [String] = []
        var rest = words.dropFirst()
        if verbs.contains(verb) {
            // `a,b`, `a, b` and `a ,b` are lists alike.
            while let word = rest.first {
                checks += word.split(separator: ",").map(String.init)
                rest = rest.dropFirst()
                if word.last != ",", rest.first?.first != "," { break }
            }
        }
        return Directive(
            line: 0, column: line[..<place.lowerBound].unicodeScalars.count + 1,
            length: line[place.lowerBound..<end].unicodeScalars.count, verb: verb, checks: checks,
            reason: rest.joined(separator: " "))
    }

    /// Whether a comment suppresses a check for a rule; for nil, only those for the file do.
    mutating func suppress(_ check: RuleCheck, of rule: Rule?) -> Bool {
        let id = check.rawValue
        let forFile = ofFile[id]
        if let forFile, usedOfFile.insert(id).inserted {
            for index in forFile { directives[index].used.insert(id) }
        }
        let forRule = rule.flatMap { ofRule[$0.line] }?.filter { directives[$0].checks.contains(id) } ?? []
        for index in forRule { directives[index].used.insert(id) }
        return forFile != nil || !forRule.isEmpty
    }

    /// What is wrong with the comments themselves.
    func findings(disabled: Set<RuleCheck>) -> [RuleFinding] {
        directives.flatMap { directive in
            if !IgnoreComments.verbs.contains(directive.verb) {
                return [
                    finding(
                        directive, .warning, "the comment asks for nothing known: \(GoQuote.quoted(directive.verb))",
                        "write ignore or ignore-file, an id and the reason behind alert-rules:")
                ]
            }
            if directive.checks.isEmpty { return [unknown(directive, "")] }
            return directive.checks.compactMap { finding(directive, about: $0, disabled) }
        }
    }

    private func finding(_ directive: Directive, about id: String, _ disabled: Set<RuleCheck>) -> RuleFinding? {
        guard let check = RuleCheck(rawValue: id) else { return unknown(directive, id) }
        if disabled.contains(check) { return nil }
        if directive.reason.isEmpty {
            return finding(
                directive, .warning, "the comment gives no reason, so it does not suppress \(id)",
                "say why behind the id")
        }
        if directive.used.contains(id) { return nil }
        if directive.verb == "ignore", directive.ruleLine == nil {
            return finding(
                directive, .hint, "the comment suppresses nothing: it stands on no line of a rule and above none",
                "put it directly above the rule that is meant, or remove it")
        }
        let isOnly = directive.checks.count == 1
        return finding(
            directive, .hint, "the comment suppresses \(isOnly ? "nothing" : "no \(id)")",
            isOnly ? "remove it" : "remove the id")
    }

    private func unknown(_ directive: Directive, _ id: String) -> RuleFinding {
        let nearest = RuleCheck.nearest(to: id).map { "did you mean \($0)? " } ?? ""
        return finding(
            directive, .warning, "the comment names no check: \(GoQuote.quoted(id))",
            nearest + "alert-rules check --list shows the ids")
    }

    private func finding(
        _ directive: Directive, _ severity: RuleSeverity, _ reason: String, _ suggestion: String
    ) -> RuleFinding {
        let subject = directive.verb == "ignore-file" ? nil : directive.ruleLine.flatMap { subjects[$0] }
        return RuleFinding(
            check: .ignore, severity: severity, file: file, line: directive.line, column: directive.column,
            endLine: directive.line, endColumn: directive.column + directive.length, subject: subject ?? .file,
            reason: reason, suggestion: suggestion)
    }
}
