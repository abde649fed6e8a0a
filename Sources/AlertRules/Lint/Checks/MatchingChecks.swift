import PromQL
import TimeSeries

/// Labels that cannot be there: `promql/vector-matching` and `promql/lost-label`.
enum MatchingChecks {
    static func run(_ scope: RuleScope, _ report: inout RuleReport) {
        scope.visit { node, _ in
            switch node {
            case .binary(let binary) where binary.matching != nil && binary.operation != .or: match(binary, &report)
            case .aggregation(let aggregation): group(aggregation, &report)
            case .call(let call) where call.function == .labelReplace: replace(call, &report)
            default: break
            }
        }
    }

    private static func match(_ node: BinaryOperation, _ report: inout RuleReport) {
        guard let matching = node.matching, matching.fillLeft == nil, matching.fillRight == nil else { return }
        let (left, right) = (LabelKnowledge(node.left), LabelKnowledge(node.right))
        let place = Expression.binary(node).source
        for label in labels(of: matching, left, right) {
            if let reason = conflict(label, left, right) {
                report.add(.vectorMatching, at: place, reason + effect(of: node.operation), advice(matching, label))
                return
            }
        }
        for label in matching.isOn ? matching.labels : [] {
            let sides = [("left", left), ("right", right)].filter { $0.1.lacks(label) }.map(\.0)
            guard let side = sides.first else { continue }
            report.add(
                .lostLabel, at: place,
                sides.count == 2
                    ? "neither side has the label of on(\(label))"
                    : "on(\(label)) matches by a label that the \(side) side never has",
                "keep `\(label)` on both sides, or match with on()")
            return
        }
        if !matching.isOn, let label = matching.labels.first(where: { left.lacks($0) && right.lacks($0) }) {
            report.add(
                .lostLabel, at: place, "neither side has the label of ignoring(\(label))",
                "leave `\(label)` out, or keep it on the sides", severity: .hint)
        }
        for label in matching.include.sorted() {
            let isLeftMany = matching.cardinality == .manyToOne
            if (isLeftMany ? right : left).lacks(label) {
                report.add(
                    .lostLabel, at: place,
                    "group_\(isLeftMany ? "left" : "right")(\(label)) takes over a label that the "
                        + "\(isLeftMany ? "right" : "left") side never has", "keep the label in its aggregation")
            }
        }
    }

    /// The labels that must agree and about which something is known.
    private static func labels(
        of matching: VectorMatching, _ left: LabelKnowledge, _ right: LabelKnowledge
    ) -> [String] {
        if matching.isOn { return matching.labels }
        let known = left.guaranteed.union(right.guaranteed).union(left.possible ?? []).union(right.possible ?? [])
        return known.subtracting(matching.labels).subtracting([Label.metricName]).sorted()
    }

    private static func conflict(_ label: String, _ left: LabelKnowledge, _ right: LabelKnowledge) -> String? {
        if let first = left.fixed[label], let second = right.fixed[label], first != second {
            return "`\(label)` is \(Labels.quoted(first)) on the left and \(Labels.quoted(second)) on the right"
        }
        for (side, has, lacks) in [("left", left, right), ("right", right, left)] where lacks.lacks(label) {
            let other = side == "left" ? "right" : "left"
            if has.guaranteed.contains(label) {
                return "every series on the \(side) has `\(label)`, none on the \(other)"
            }
            if has.possible?.contains(label) == true {
                return "the \(side) side keeps `\(label)`, the \(other) side never has it"
            }
        }
        return nil
    }

    private static func effect(of operation: BinaryOperator) -> String {
        operation == .unless ? ", so nothing is ever removed" : ", so no two series are partners"
    }

    private static func advice(_ matching: VectorMatching, _ label: String) -> String {
        matching.isOn
            ? "take `\(label)` out of on(…), or keep it on both sides"
            : "match with on(…) or ignoring(\(label)), or aggregate both sides alike"
    }

    private static func group(_ node: Aggregation, _ report: inout RuleReport) {
        guard !node.isWithout else { return }
        let inner = LabelKnowledge(node.operand)
        for label in node.grouping where inner.lacks(label) {
            report.add(
                .lostLabel, at: node.source,
                "`\(node.operation.rawValue) by (\(label))` groups by a label that `\(node.operand.shown)` never has",
                "keep `\(label)` in the inner expression, or leave it out here")
        }
    }

    private static func replace(_ call: FunctionCall, _ report: inout RuleReport) {
        guard call.arguments.count == 5, case .string(let source) = call.arguments[3].withoutParentheses,
            // Without a name the label is set to the text, which is one way to write that.
            !source.value.isEmpty, LabelKnowledge(call.arguments[0]).lacks(source.value)
        else { return }
        report.add(
            .lostLabel, at: call.source,
            "label_replace reads `\(source.value)`, which `\(call.arguments[0].shown)` never has",
            "keep the label in the inner expression")
    }
}
