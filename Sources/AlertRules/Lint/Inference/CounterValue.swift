import Exposition
import PromQL

/// Whether an expression's value is the bare value of counters.
enum CounterValue {
    /// True for a counter itself and for aggregations of counters that keep its meaning.
    static func isRaw(_ expression: Expression, _ context: LintContext) -> Bool {
        rawSelector(in: expression, context) != nil
    }

    /// The counter whose bare value the expression's value follows.
    static func rawSelector(in expression: Expression, _ context: LintContext, depth: Int = 0) -> VectorSelector? {
        guard depth < 20 else { return nil }
        switch expression.withoutParentheses {
        case .selector(let node): return context.kindBounded(of: node.name, depth) == .counter ? node : nil
        case .unary(let node): return rawSelector(in: node.operand, context, depth: depth + 1)
        case .aggregation(let node):
            switch node.operation {
            case .count, .countValues, .group: return nil
            default: return rawSelector(in: node.operand, context, depth: depth + 1)
            }
        case .call(let node):
            switch node.function {
            case .abs, .ceil, .floor, .round, .sort, .sortDesc, .labelReplace, .labelJoin, .clampMin, .clampMax, .clamp:
                return node.arguments.first.flatMap { rawSelector(in: $0, context, depth: depth + 1) }
            default: return nil
            }
        case .binary(let node): return rawSelector(in: node, context, depth)
        case .number, .string, .parenthesized, .range, .subquery: return nil
        }
    }

    /// The difference of a counter and itself is an increase; whatever else is done with a counter stays one.
    private static func rawSelector(
        in node: BinaryOperation, _ context: LintContext, _ depth: Int
    ) -> VectorSelector? {
        let left = rawSelector(in: node.left, context, depth: depth + 1)
        let right = rawSelector(in: node.right, context, depth: depth + 1)
        if node.operation == .subtract, let left, let right, left.name == right.name { return nil }
        switch node.operation {
        case .and, .unless: return left
        case _ where node.operation.isComparison:
            return node.returnsBool ? nil : left ?? (node.left.type == .scalar ? right : nil)
        default: return left ?? right
        }
    }
}
