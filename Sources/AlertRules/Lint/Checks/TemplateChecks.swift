import PromQL
import StrictYAML
import TimeSeries

/// Labels and annotations.
enum TemplateChecks {
    static func run(_ scope: RuleScope, _ report: inout RuleReport) {
        guard scope.isAlert else { return recording(scope, &report) }
        let known = scope.labels
        for (texts, nodes) in [
            (scope.rule.labels, scope.rule.nodes.labels), (scope.rule.annotations, scope.rule.nodes.annotations),
        ] {
            let found = texts.count < 8 ? nil : nodes.byKey
            for text in texts where !text.template.isConstant {
                let node = (found.map { $0[text.name] } ?? nodes[text.name]) ?? scope.rule.nodes.name
                labels(text, known, scope, node, &report)
                rendering(text, known, node, &report)
            }
        }
        for text in scope.rule.labels { label(text, known, scope, &report) }
    }

    private static func recording(_ scope: RuleScope, _ report: inout RuleReport) {
        for text in scope.rule.labels where text.template.text.contains("{{") {
            report.add(
                .recordingTemplate, in: scope.rule.nodes.labels[text.name],
                "labels of recording rules are no templates: \(text.name) will hold \(Labels.quoted(text.template.text))",
                "set the label in the expression, with label_replace()")
        }
    }

    /// Labels that the expression never returns.
    private static func labels(
        _ text: RuleText, _ known: LabelKnowledge, _ scope: RuleScope, _ node: YAMLNode?, _ report: inout RuleReport
    ) {
        for name in text.template.namedLabels where known.lacks(name) || isOfTheRule(name, known, scope) {
            let isOwn = name == AlertTable.nameLabel || scope.rule.labels.contains { $0.name == name }
            report.add(
                .templateLabel, in: node,
                "\(text.name) uses $labels.\(name), "
                    + (isOwn
                        ? "which the rule adds itself; $labels holds only the labels of the expression"
                        : "which the expression never returns"),
                isOwn ? "write its text" : "keep the label in the expression's aggregation, or leave it out")
        }
    }

    /// `alertname` is no label of a sample, unless the alert is about alerts.
    private static func isOfTheRule(_ name: String, _ known: LabelKnowledge, _ scope: RuleScope) -> Bool {
        name == AlertTable.nameLabel && !known.guaranteed.contains(name)
            && scope.selectors.allSatisfy { selector in
                !selector.name.isEmpty && !selector.name.hasPrefix("ALERTS") && !selector.name.contains(":")
                    && !selector.name.contains("alert")
            }
    }

    /// Renders with some values; what fails with all of them fails always.
    private static func rendering(
        _ text: RuleText, _ known: LabelKnowledge, _ node: YAMLNode?, _ report: inout RuleReport
    ) {
        guard !text.template.usesQuery else { return }
        var reason: String?
        for (value, label) in [(1.5, "1"), (0, "example:9100"), (-1e9, "1h")] {
            var labels = known.fixed
            for name in text.template.namedLabels where !known.lacks(name) { labels[name] = labels[name] ?? label }
            let sample = TemplateSample(labels: labels, value: value)
            do {
                _ = try text.template.expand(sample, environment: TemplateEnvironment())
                return
            } catch {
                reason = error.reason
            }
        }
        if let reason {
            report.add(
                .template, in: node, "\(text.name) cannot be rendered: \(reason)",
                "an alert would show the error instead of its text")
        }
    }

    private static func label(
        _ text: RuleText, _ known: LabelKnowledge, _ scope: RuleScope, _ report: inout RuleReport
    ) {
        let node = scope.rule.nodes.labels[text.name]
        if text.template.printsValue {
            report.add(
                .valueLabel, in: node,
                "the label \(text.name) changes with the value, so every evaluation makes another alert and `for` never "
                    + "passes", "move the value into an annotation")
        }
        if text.name == AlertTable.nameLabel {
            report.add(.labelConflict, in: node, "alertname is always the alert's name", "leave the label out")
        } else if known.possible?.contains(text.name) == true, known.fixed[text.name] == nil,
            !text.template.namedLabels.contains(text.name)
        {
            report.add(
                .labelConflict, in: node,
                "the expression keeps \(text.name), and the rule's label overwrites it: series that differ in it alone "
                    + "make the evaluation fail", "leave \(text.name) out of the aggregation, or rename the label")
        }
    }
}
