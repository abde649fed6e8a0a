import StrictYAML

/// The comments of a rule file that suppress findings: `# alert-rules: ignore ID reason` on a line of a rule or in the
/// comment above it, `# alert-rules: ignore-file ID reason` anywhere.
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
    /// The rules by their first lines.
    private var subjects: [Int: RuleFinding.Subject] = [:]

    init(_ file: RuleFile) {
        self.file = file.path
        guard let bytes = file.root?.fileBytes, IgnoreComments.hasMarker(bytes) else { return }
        for group in file.groups {
            for rule in group.rules { subjects[rule.line] = .rule(rule.name, group: group.name) }
        }
        let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        let meant = IgnoreComments.rules(ofLines: lines, starts: subjects.keys.sorted())
        for (index, line) in lines.enumerated() where line.contains(UInt8(ascii: "#")) {
            guard var directive = IgnoreComments.directive(String(decoding: line, as: UTF8.self)) else { continue }
            directive.line = index + 1
            directive.ruleLine = meant[index]
            directives.append(directive)
        }
    }

    private static let marker = "# alert-rules:"
    private static let verbs: Set<String> = ["ignore", "ignore-file"]

    private static func hasMarker(_ bytes: [UInt8]) -> Bool {
        let marker = Array(marker.utf8)
        return bytes.withUnsafeBufferPointer { bytes in
            bytes.indices.contains { place in
                bytes[place] == UInt8(ascii: "#")
                    && UnsafeBufferPointer(rebasing: bytes[place...]).starts(with: marker)
            }
        }
    }

    private static func directive(_ line: String) -> Directive? {
        guard let place = line.firstRange(ofText: marker) else { return nil }
        let words = line[place.upperBound...].split { $0 == " " || $0 == "\t" || $0 == "\r" }
        let verb = words.first.map(String.init) ?? ""
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

    /// For each line the rule whose text holds it, or for a comment the next one when only comments lie between.
    private static func rules(ofLines lines: [ArraySlice<UInt8>], starts: [Int]) -> [Int?] {
        var meant: [Int?] = []
        var left = starts[...]
        var holder: Int?
        for line in 1...max(1, lines.count) {
            while let start = left.first, start <= line { holder = left.popFirst() }
            meant.append(holder)
        }
        // From the end, so that a run of comments is passed once.
        let known = Set(starts)
        var next: Int?
        for index in lines.indices.reversed() {
            if !isComment(lines[index]) {
                next = known.contains(index + 1) ? index + 1 : nil
            } else if let next {
                meant[index] = next
            }
        }
        return meant
    }

    private static func isComment(_ line: ArraySlice<UInt8>) -> Bool {
        line.first { $0 != UInt8(ascii: " ") && $0 != 9 } == UInt8(ascii: "#")
    }

    /// Whether a comment suppresses a check for a rule; for nil, only those for the file do.
    mutating func suppress(_ check: RuleCheck, of rule: Rule?) -> Bool {
        var isSuppressed = false
        for index in directives.indices
        where directives[index].checks.contains(check.rawValue) && !directives[index].reason.isEmpty {
            let isOfRule = rule != nil && directives[index].ruleLine == rule?.line
            if directives[index].verb == "ignore-file" || isOfRule {
                directives[index].used.insert(check.rawValue)
                isSuppressed = true
            }
        }
        return isSuppressed
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
