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
        /// Empty when the verb isn't known, so that nothing is suppressed.
        var check: String
        var reason: String
        /// First line of the rule that is meant.
        var ruleLine: Int?
        var isUsed = false
    }

    private let file: String
    private var directives: [Directive] = []

    init(_ file: RuleFile) {
        self.file = file.path
        let rules = file.groups.flatMap(\.rules)
        guard let bytes = (file.groups.first?.node ?? rules.first?.nodes.name)?.fileBytes else { return }
        let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        let meant = IgnoreComments.rules(ofLines: lines, starts: rules.map(\.line).sorted())
        for (index, line) in lines.enumerated() where line.contains(UInt8(ascii: "#")) {
            guard var directive = IgnoreComments.directive(String(decoding: line, as: UTF8.self)) else { continue }
            directive.line = index + 1
            directive.ruleLine = meant[index]
            directives.append(directive)
        }
    }

    private static let marker = "# alert-rules:"
    private static let verbs: Set<String> = ["ignore", "ignore-file"]

    private static func directive(_ line: String) -> Directive? {
        guard let place = line.firstRange(ofText: marker) else { return nil }
        let words = line[place.upperBound...].split { $0 == " " || $0 == "\t" || $0 == "\r" }
        let verb = words.first.map(String.init) ?? ""
        let end = words.first?.endIndex ?? place.upperBound
        return Directive(
            line: 0, column: line[..<place.lowerBound].unicodeScalars.count + 1,
            length: line[place.lowerBound..<end].unicodeScalars.count, verb: verb,
            check: verbs.contains(verb) ? words.dropFirst().first.map(String.init) ?? "" : "",
            reason: words.dropFirst(2).joined(separator: " "))
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

    /// Whether a comment suppresses a check for a rule.
    mutating func suppress(_ check: RuleCheck, of rule: Rule) -> Bool {
        var isSuppressed = false
        for index in directives.indices
        where directives[index].check == check.rawValue && !directives[index].reason.isEmpty {
            if directives[index].verb == "ignore-file" || directives[index].ruleLine == rule.line {
                directives[index].isUsed = true
                isSuppressed = true
            }
        }
        return isSuppressed
    }

    /// What is wrong with the comments themselves.
    func findings(disabled: Set<RuleCheck>) -> [RuleFinding] {
        directives.compactMap { directive in
            let check = RuleCheck(rawValue: directive.check)
            if let check, disabled.contains(check) { return nil }
            let (reason, suggestion): (String, String)
            if !IgnoreComments.verbs.contains(directive.verb) {
                (reason, suggestion) = (
                    "the comment asks for nothing known: \(GoQuote.quoted(directive.verb))",
                    "write ignore or ignore-file, an id and the reason behind alert-rules:"
                )
            } else if check == nil {
                (reason, suggestion) = (
                    "the comment names no check: \(GoQuote.quoted(directive.check))",
                    "alert-rules check --list shows the ids"
                )
            } else if directive.reason.isEmpty {
                (reason, suggestion) = (
                    "the comment gives no reason, so it suppresses nothing", "say why behind the id"
                )
            } else if !directive.isUsed {
                (reason, suggestion) = ("the comment suppresses nothing", "remove it")
            } else {
                return nil
            }
            return RuleFinding(
                check: .ignore, severity: check != nil && !directive.reason.isEmpty ? .hint : .warning, file: file,
                line: directive.line, column: directive.column, endLine: directive.line,
                endColumn: directive.column + directive.length, name: directive.check, reason: reason,
                suggestion: suggestion)
        }
    }
}
