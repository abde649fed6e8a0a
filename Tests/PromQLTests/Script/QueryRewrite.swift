import PromQL

/// The changes that promqltest makes to expressions.
enum QueryRewrite {
    /// Whether a range query over other times may give another result at the same step.
    static func usesQueryTimes(_ text: String) -> Bool {
        ["start()", "end()", "range()", "step()"].contains(where: text.contains)
    }

    /// The expression with every selector fixed to a time; nil where it depends on time otherwise.
    static func fixed(_ expression: Expression, at time: Int64) -> Expression? {
        var dependsOnTime = false
        expression.walk { node in
            if case .subquery = node { return false }
            if case .call(let call) = node, unsafe.contains(call.function) { dependsOnTime = true }
            return true
        }
        return dependsOnTime ? nil : rewritten(expression, time)
    }

    private static let unsafe: Set<PromQLFunction> = [
        .daysInMonth, .dayOfMonth, .dayOfWeek, .dayOfYear, .hour, .minute, .month, .year, .predictLinear, .time,
        .timestamp, .start, .end, .range, .step,
    ]

    private static func fixed(_ at: AtModifier?, _ time: Int64) -> AtModifier {
        if case .timestamp? = at, let at { return at }
        return .timestamp(time)
    }

    private static func rewritten(_ expression: Expression, _ time: Int64) -> Expression {
        switch expression {
        case .number, .string: return expression
        case .selector(var node):
            node.at = fixed(node.at, time)
            return .selector(node)
        case .range(var node):
            node.selector.at = fixed(node.selector.at, time)
            return .range(node)
        case .subquery(var node):
            if case .timestamp? = node.at { return .subquery(node) }
            node.at = .timestamp(time)
            return .subquery(node)
        case .parenthesized(var node):
            node.inner = rewritten(node.inner, time)
            return .parenthesized(node)
        case .unary(var node):
            node.operand = rewritten(node.operand, time)
            return .unary(node)
        case .binary(var node):
            node.left = rewritten(node.left, time)
            node.right = rewritten(node.right, time)
            return .binary(node)
        case .call(var node):
            node.arguments = node.arguments.map { rewritten($0, time) }
            return .call(node)
        case .aggregation(var node):
            node.operand = rewritten(node.operand, time)
            node.parameter = node.parameter.map { rewritten($0, time) }
            return .aggregation(node)
        }
    }
}
