import PromQL

/// `or vector(0)` beside series whose labels are used further on: `promql/fallback`.
enum FallbackChecks {
    static func run(_ scope: RuleScope, _ report: inout RuleReport) {
        scope.visit { node, ancestors in
            guard case .binary(let binary) = node, binary.operation == .or, binary.right.selectors.isEmpty else {
                return
            }
            let (left, right) = (LabelKnowledge(binary.left), LabelKnowledge(binary.right))
            let isLost = { (label: String) in right.lacks(label) && !left.lacks(label) }
            guard let use = use(below: ancestors, isLost, scope) else { return }
            report.add(
                .fallback, at: node.source,
                "`\(binary.right.shown)` has no `\(use.label)`, which \(use.reader) uses",
                "give it the label with label_replace(), or ask absent() in a rule of its own")
        }
    }

    private struct Use {
        var label: String
        var reader: String
    }

    /// Who reads a label that got lost: the nearest node above that groups or matches by it, else a template.
    private static func use(
        below ancestors: RuleScope.Ancestors, _ isLost: (String) -> Bool, _ scope: RuleScope
    ) -> Use? {
        for ancestor in ancestors {
            switch ancestor {
            case .parenthesized, .unary, .subquery: continue
            case .call(let call):
                if [.labelReplace, .labelJoin, .info, .absent, .absentOverTime].contains(call.function) { return nil }
            case .aggregation(let node):
                if !node.isWithout, let label = node.grouping.first(where: isLost) {
                    return Use(label: label, reader: "`\(node.operation.rawValue) by (\(label))`")
                }
                // Beyond that nothing is left of the labels, or nobody can tell what is.
                if !node.operation.keepsSeries { return nil }
            case .binary(let node):
                guard let matching = node.matching else { continue }
                if matching.isOn, let label = matching.labels.first(where: isLost) {
                    return Use(label: label, reader: "`\(node.operation.rawValue) on (\(label))`")
                }
                return nil
            default: return nil
            }
        }
        return template(isLost, scope)
    }

    private static func template(_ isLost: (String) -> Bool, _ scope: RuleScope) -> Use? {
        guard scope.isAlert else { return nil }
        for text in scope.rule.labels + scope.rule.annotations where !text.template.isConstant {
            if let label = text.template.namedLabels.first(where: isLost) {
                return Use(label: label, reader: text.name)
            }
        }
        return nil
    }
}
