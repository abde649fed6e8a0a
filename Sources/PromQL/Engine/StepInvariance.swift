/// Which expressions have the same value at every step.
enum StepInvariance {
    static func holds(_ expression: Expression) -> Bool {
        switch expression {
        case .number, .string: return true
        case .selector(let node): return node.at != nil
        case .range(let node): return node.selector.at != nil
        case .subquery(let node): return node.at != nil
        case .call(let node):
            return !dependsOnTime(node) && node.arguments.allSatisfy(holds)
        default: return expression.children.allSatisfy(holds)
        }
    }

    private static func dependsOnTime(_ node: FunctionCall) -> Bool {
        switch node.function {
        case .daysInMonth, .dayOfMonth, .dayOfWeek, .dayOfYear, .hour, .minute, .month, .year: true
        case .predictLinear, .time, .timestamp: true
        default: false
        }
    }
}
