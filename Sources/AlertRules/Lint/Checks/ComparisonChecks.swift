import PromQL

/// Comparisons whose outcome is known: `promql/impossible` and `promql/always-true`.
enum ComparisonChecks {
    static func run(_ scope: RuleScope, _ report: inout RuleReport) {
        var found: [(BinaryOperation, ValueRange.Verdict)] = []
        scope.expression.walk { node in
            if case .binary(let binary) = node, let verdict = verdict(binary) { found.append((binary, verdict)) }
            return true
        }
        for (node, verdict) in found { tell(node, verdict, &report) }
        conjunctions(scope.expression, &report)
    }

    private static func verdict(_ node: BinaryOperation) -> ValueRange.Verdict? {
        guard node.operation.isComparison, node.matching?.fillLeft == nil, node.matching?.fillRight == nil else {
            return nil
        }
        if node.matching?.labels.isEmpty ?? true, node.matching?.isOn != true, node.left.type == .vector,
            node.left.description == node.right.description
        {
            return ofItself(node.operation)
        }
        switch ValueRange(node.left).judge(node.operation, ValueRange(node.right)) {
        case .depends: return nil
        case let verdict: return verdict
        }
    }

    /// `x != x` is the way to find NaN, and `x == x` to be rid of it.
    private static func ofItself(_ operation: BinaryOperator) -> ValueRange.Verdict? {
        switch operation {
        case .less, .greater: .never
        case .lessOrEqual, .greaterOrEqual: .always
        default: nil
        }
    }

    private static func tell(_ node: BinaryOperation, _ verdict: ValueRange.Verdict, _ report: inout RuleReport) {
        let text = Expression.binary(node).shown
        let place = Expression.binary(node).source
        if node.returnsBool {
            let answer = verdict == .always ? 1 : 0
            report.add(.alwaysTrue, at: place, "`\(text)` is \(answer) whatever the data", "compare with another bound")
            return
        }
        if verdict == .always {
            let isIdiom = counts(node.left)
            report.add(
                .alwaysTrue, at: place, "`\(text)` holds for every value that `\(node.left.shown)` can have",
                "leave the comparison out or correct its bound", severity: isIdiom ? .hint : nil)
            return
        }
        report.add(
            .impossible, at: place, "`\(text)` can never return anything\(bounds(node))", advice(node))
    }

    private static func bounds(_ node: BinaryOperation) -> String {
        let range = ValueRange(node.left)
        if range.isNaN || ValueRange(node.right).isNaN { return ": nothing compares with NaN" }
        if range == .anything { return "" }
        let (low, high) = (range.low, range.high)
        let left = "`\(node.left.shown)`"
        if let constant = range.constant { return ": \(left) is \(formatPrometheusFloat(constant))" }
        if high.isInfinite { return ": \(left) is never below \(formatPrometheusFloat(low))" }
        if low.isInfinite { return ": \(left) is never above \(formatPrometheusFloat(high))" }
        return ": \(left) lies between \(formatPrometheusFloat(low)) and \(formatPrometheusFloat(high))"
    }

    private static func advice(_ node: BinaryOperation) -> String {
        if ValueRange(node.right).isNaN { return "find NaN with `x != x`" }
        switch node.left.withoutParentheses {
        case .call(let call) where call.function == .absent || call.function == .absentOverTime:
            return "it returns 1 or nothing: leave the comparison out, or ask for the series instead of their absence"
        case .call(let call) where call.function == .presentOverTime || call.function == .countOverTime:
            return "without samples it returns nothing, not 0: use absent_over_time()"
        default: break
        }
        return counts(node.left)
            ? "without series there is no count to compare: use absent(), or `… or vector(0)` before the comparison"
            : "correct the bound"
    }

    /// Whether this is `count`, `absent` or the like, which return nothing instead of 0.
    private static func counts(_ node: Expression) -> Bool {
        switch node.withoutParentheses {
        case .aggregation(let node): [.count, .group, .countValues].contains(node.operation)
        case .call(let node): [.absent, .absentOverTime, .countOverTime, .presentOverTime].contains(node.function)
        default: false
        }
    }

    // MARK: Conjunctions

    /// `x > 5 and x < 3`, `x > 5 unless x > 3`: both sides are about the same expression, matched with itself.
    private static func conjunctions(_ expression: Expression, _ report: inout RuleReport) {
        expression.walk { node in
            guard case .binary(let binary) = node, binary.operation == .and || binary.operation == .unless,
                let matching = binary.matching, !matching.isOn, matching.labels.isEmpty
            else { return true }
            let sides = (bounds(in: binary.left), bounds(in: binary.right))
            for (text, bound) in sides.0 {
                guard let other = sides.1.first(where: { $0.0 == text })?.1 else { continue }
                if binary.operation == .and, !bound.overlaps(other) {
                    report.add(
                        .impossible, at: node.source,
                        "`\(node.shown)` can never return anything: no value of `\(text)` fulfils both sides",
                        "use `or`, or correct the bounds")
                } else if binary.operation == .unless, bound.isInside(other), isPlain(binary.right) {
                    report.add(
                        .impossible, at: node.source,
                        "`\(node.shown)` can never return anything: the right side removes all that the left returns",
                        "exchange the bounds")
                }
            }
            if binary.operation == .unless, binary.left.description == binary.right.description {
                report.add(.impossible, at: node.source, "`\(node.shown)` removes everything that it returns")
            }
            return true
        }
    }

    /// The comparisons that all series of an expression have passed, by what is compared.
    private static func bounds(in expression: Expression) -> [(String, Bound)] {
        guard case .binary(let node) = expression.withoutParentheses else { return [] }
        if node.operation == .and { return bounds(in: node.left) + bounds(in: node.right) }
        if node.operation == .unless { return bounds(in: node.left) }
        guard node.operation.isComparison, !node.returnsBool else { return [] }
        if node.left.type == .vector, let value = ValueRange(node.right).constant, node.right.type == .scalar {
            return Bound(node.operation, value).map { [(node.left.withoutParentheses.description, $0)] } ?? []
        }
        if node.right.type == .vector, let value = ValueRange(node.left).constant, node.left.type == .scalar {
            return Bound(node.operation.mirrored, value).map { [(node.right.withoutParentheses.description, $0)] } ?? []
        }
        return []
    }

    private static func isPlain(_ expression: Expression) -> Bool {
        if case .binary(let node) = expression.withoutParentheses { return node.operation.isComparison }
        return false
    }
}

/// An interval of values, each end open or closed.
private struct Bound {
    var low = -Double.infinity
    var high = Double.infinity
    var isLowOpen = false
    var isHighOpen = false

    init?(_ operation: BinaryOperator, _ value: Double) {
        guard !value.isNaN else { return nil }
        switch operation {
        case .less: (high, isHighOpen) = (value, true)
        case .lessOrEqual: high = value
        case .greater: (low, isLowOpen) = (value, true)
        case .greaterOrEqual: low = value
        case .equal: (low, high) = (value, value)
        default: return nil
        }
    }

    func overlaps(_ other: Bound) -> Bool {
        if low > other.high || other.low > high { return false }
        if low == other.high { return !isLowOpen && !other.isHighOpen }
        if high == other.low { return !isHighOpen && !other.isLowOpen }
        return true
    }

    func isInside(_ other: Bound) -> Bool {
        let isAbove = low > other.low || (low == other.low && (isLowOpen || !other.isLowOpen))
        let isBelow = high < other.high || (high == other.high && (isHighOpen || !other.isHighOpen))
        return isAbove && isBelow
    }
}
