import PromQL

/// Labels that a join takes over for nothing: `promql/unused-label`.
enum JoinChecks {
    static func run(_ scope: RuleScope, _ report: inout RuleReport) {
        scope.visit { node, ancestors in
            guard case .binary(let binary) = node, let matching = binary.matching, !matching.include.isEmpty else {
                return
            }
            var labels = Set(matching.include)
            var below = node
            for ancestor in ancestors {
                guard let dropped = dropped(labels, by: ancestor, below) else { return }
                if let label = dropped.labels.min() {
                    report.add(
                        .unusedLabel, at: node.source,
                        "group_\(matching.cardinality == .manyToOne ? "left" : "right")(\(label)) takes over a label that "
                            + "`\(dropped.operation)` drops again", "leave \(label) out, or join the whole expression")
                    return
                }
                labels = dropped.rest
                below = ancestor
            }
        }
    }

    private struct Dropped {
        var labels: Set<String> = []
        var rest: Set<String>
        var operation = ""
    }

    /// What an ancestor does with labels of the node below it; nil where they are used, or nothing is known.
    private static func dropped(_ labels: Set<String>, by ancestor: Expression, _ below: Expression) -> Dropped? {
        switch ancestor {
        case .parenthesized, .unary, .subquery: return Dropped(rest: labels)
        case .call(let call):
            let keeps: Set<PromQLFunction> = [.labelReplace, .labelJoin, .info, .absent, .absentOverTime]
            return keeps.contains(call.function) ? nil : Dropped(rest: labels)
        case .aggregation(let node):
            guard !node.operation.keepsSeries else { return Dropped(rest: labels) }
            let kept = node.isWithout ? labels.subtracting(node.grouping) : labels.intersection(node.grouping)
            return Dropped(labels: labels.subtracting(kept), rest: kept, operation: node.operation.rawValue)
        case .binary(let node):
            guard let matching = node.matching else { return Dropped(rest: labels) }
            return dropped(labels, by: node, matching, isRight: below.source == node.right.source)
        default: return nil
        }
    }

    private static func dropped(
        _ labels: Set<String>, by node: BinaryOperation, _ matching: VectorMatching, isRight: Bool
    ) -> Dropped? {
        guard matching.isOn, labels.isDisjoint(with: matching.labels), labels.isDisjoint(with: matching.include) else {
            return nil
        }
        switch (node.operation, matching.cardinality) {
        case (.or, _): return nil
        case (.and, _), (.unless, _):
            return isRight
                ? Dropped(labels: labels, rest: [], operation: node.operation.rawValue) : Dropped(rest: labels)
        case (_, .oneToOne): return Dropped(labels: labels, rest: [], operation: "\(node.operation.rawValue) on (…)")
        case (_, .manyToOne):
            return isRight ? Dropped(labels: labels, rest: [], operation: "group_left") : Dropped(rest: labels)
        default: return isRight ? Dropped(rest: labels) : Dropped(labels: labels, rest: [], operation: "group_right")
        }
    }
}
