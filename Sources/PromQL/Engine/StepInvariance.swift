/// Which expressions have the same value at every step.
enum StepInvariance {
    /// Without recursion, because trees may be deeper than a thread's stack allows.
    static func holds(_ expression: Expression) -> Bool {
        var pending = [expression]
        while let next = pending.popLast() {
            switch next {
            case .number, .string: break
            case .selector(let node): if node.at == nil { return false }
            case .range(let node): if node.selector.at == nil { return false }
            case .subquery(let node): if node.at == nil { return false }
            case .call(let node):
                if dependsOnTime(node) { return false }
                pending += node.arguments
            default: pending += next.children
            }
        }
        return true
    }

    private static func dependsOnTime(_ node: FunctionCall) -> Bool {
        switch node.function {
        case .daysInMonth, .dayOfMonth, .dayOfWeek, .dayOfYear, .hour, .minute, .month, .year: true
        case .predictLinear, .time, .timestamp: true
        default: false
        }
    }
}
