import PromQL
import StrictYAML

/// Collects the findings of one rule and gives them their places in the file.
struct RuleReport {
    let scope: RuleScope
    private(set) var findings: [RuleFinding] = []

    init(_ scope: RuleScope) { self.scope = scope }

    /// Against a part of the rule's expression.
    mutating func add(
        _ check: RuleCheck, at part: SourceRange, _ reason: String, _ suggestion: String = "",
        severity: RuleSeverity? = nil
    ) {
        guard let node = scope.rule.nodes.expression else { return }
        add(check, node, part.start..<part.end, reason, suggestion, severity)
    }

    /// Against the rule's name, a label or an annotation as a whole; the rule itself where there is no node.
    mutating func add(
        _ check: RuleCheck, in node: YAMLNode?, _ reason: String, _ suggestion: String = "",
        severity: RuleSeverity? = nil
    ) {
        let rule = scope.rule
        guard let node else {
            let place = (rule.line, rule.column)
            return append(check, place, place, reason, suggestion, severity)
        }
        add(check, node, 0..<(node.scalarText ?? "").utf8.count, reason, suggestion, severity)
    }

    /// Against a part of a scalar, in bytes of its text.
    private mutating func add(
        _ check: RuleCheck, _ node: YAMLNode, _ part: Range<Int>, _ reason: String, _ suggestion: String,
        _ severity: RuleSeverity?
    ) {
        let place = (node.line, node.column)
        guard let source = node.scalarSource else { return append(check, place, place, reason, suggestion, severity) }
        let start = node.filePlace(ofByte: source.fileOffset(ofTextByte: part.lowerBound))
        let last = source.fileOffset(ofTextByte: max(part.lowerBound, part.upperBound - 1))
        let end = node.filePlace(ofByte: last)
        append(check, start, (end.line, end.column + 1), reason, suggestion, severity)
    }

    private mutating func append(
        _ check: RuleCheck, _ start: (line: Int, column: Int), _ end: (line: Int, column: Int), _ reason: String,
        _ suggestion: String, _ severity: RuleSeverity?
    ) {
        let finding = RuleFinding(
            check: check, severity: severity ?? check.severity, file: scope.rule.file, line: start.line,
            column: start.column, endLine: end.line, endColumn: end.column,
            subject: .rule(scope.rule.name, group: scope.group.name), reason: reason, suggestion: suggestion)
        if !findings.contains(finding) { findings.append(finding) }
    }
}

extension Expression {
    /// The text for messages: one line, not too long.
    var shown: String {
        let text = description
        return text.utf8.count > 60 ? String(text.prefix(57)) + "…" : text
    }

    /// Whether this node, or one below it, is such a one.
    func holds(_ isSuch: (Expression) -> Bool) -> Bool {
        var found = false
        walk { node in
            found = found || isSuch(node)
            return !found
        }
        return found
    }
}
