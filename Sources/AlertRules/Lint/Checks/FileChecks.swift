import PromQL
import StrictYAML

/// Rules beside each other: `rule/duplicate`, `rule/unused`, `rule/order`, `group/interval`, `file/documents`.
enum FileChecks {
    static func run(_ scope: RuleScope, _ report: inout RuleReport) {
        order(scope, &report)
        if scope.rule.kind == .recording {
            unused(scope, &report)
            interval(scope, &report)
        }
    }

    /// Prometheus reads the first document, and says nothing of the rest but in its log.
    static func documents(of file: RuleFile) -> [RuleFinding] {
        guard let place = file.root?.furtherDocument else { return [] }
        return [
            RuleFinding(
                check: .documents, severity: RuleCheck.documents.severity, file: file.path, line: place.line,
                column: place.column, endLine: place.line, endColumn: place.column, subject: .file,
                reason: "Prometheus reads only the first document of a file: what begins here is neither checked nor "
                    + "loaded", suggestion: "put all groups into one list, or into files of their own")
        ]
    }

    /// Same kind, name and labels as a rule before it.
    static func duplicate(_ scope: RuleScope, of first: Rule, _ report: inout RuleReport) {
        let isSame = first.expression.description == scope.expression.description
        let place = first.file == scope.rule.file ? "line \(first.line)" : first.place
        report.add(
            .duplicate, in: scope.rule.nodes.name,
            "the rule at \(place) has the same name and labels\(isSame ? " and expression" : "")",
            isSame ? "one of them is enough" : "give one of them another name or a label of its own")
    }

    /// What makes two rules write the same series.
    static func identity(of rule: Rule) -> String {
        let labels = rule.labels.map { GoQuote.quoted($0.name) + "=" + GoQuote.quoted($0.template.text) }
        return "\(rule.kind.rawValue) \(rule.name) \(labels.joined(separator: ","))"
    }

    private static func unused(_ scope: RuleScope, _ report: inout RuleReport) {
        if !scope.context.isRead(scope.rule) {
            report.add(
                .unused, in: scope.rule.nodes.name, "no rule of the checked files reads \(scope.rule.name)",
                "a dashboard may; else leave the rule out")
        }
    }

    private static func order(_ scope: RuleScope, _ report: inout RuleReport) {
        for selector in scope.selectors {
            let writers = (scope.context.recorded[selector.name] ?? []).filter { writer in
                writer.group.file == scope.group.file && writer.group.name == scope.group.name
            }
            guard let later = writers.first?.rule, later.line > scope.rule.line else { continue }
            report.add(
                .order, at: selector.source,
                "\(selector.name) is recorded further down in the same group (line \(later.line)), so this rule "
                    + "reads the evaluation before", "move the recording rule up")
        }
    }

    /// Prometheus looks back five minutes for a sample.
    private static func interval(_ scope: RuleScope, _ report: inout RuleReport) {
        guard let interval = scope.group.intervalMillis, interval > 300_000 else { return }
        report.add(
            .interval, in: scope.rule.nodes.name,
            "the group runs every \(formatPrometheusDuration(interval)), but a series is looked for only 5m back: between "
                + "evaluations \(scope.rule.name) is gone", "use an interval below 5m, or read it with last_over_time()"
        )
    }
}
