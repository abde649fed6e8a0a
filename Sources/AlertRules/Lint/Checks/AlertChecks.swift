import PromQL

/// When an alert fires, and for how long.
enum AlertChecks {
    static func run(_ scope: RuleScope, _ report: inout RuleReport) {
        guard scope.isAlert else { return }
        condition(scope, &report)
        waiting(scope, &report)
        stability(scope, &report)
        absence(scope, &report)
    }

    // MARK: Conditions

    private static let watchdogs = ["watchdog", "deadman", "dead_man", "deadmans", "heartbeat", "alwaysfiring"]

    private static func condition(_ scope: RuleScope, _ report: inout RuleReport) {
        let expression = scope.expression
        if scope.selectors.isEmpty {
            let name = scope.rule.name.lowercased()
            let isMeant = watchdogs.contains { name.contains($0) }
            if !isMeant, alwaysReturns(expression) {
                report.add(
                    .alwaysFiring, at: expression.source, "the alert reads no metric and always fires",
                    "call it Watchdog if that is meant, or give it a condition")
            }
            return
        }
        if !filters(expression) {
            report.add(
                .noCondition, at: expression.source,
                "the expression has no condition: the alert fires for every series, whatever its value",
                hasBool(expression) ? "leave `bool` out, so that the comparison filters" : "compare it with a bound")
        }
    }

    private static func alwaysReturns(_ expression: Expression) -> Bool {
        guard case .binary(let node) = expression.withoutParentheses, node.operation.isComparison, !node.returnsBool
        else { return !filters(expression) }
        if case .always = ValueRange(node.left).judge(node.operation, ValueRange(node.right)) { return true }
        return false
    }

    private static func hasBool(_ expression: Expression) -> Bool {
        if case .binary(let node) = expression.withoutParentheses { return node.returnsBool }
        return false
    }

    /// Whether the expression drops series by their value, or is only there when something is wrong.
    static func filters(_ expression: Expression) -> Bool {
        switch expression {
        case .number, .string: return false
        case .selector(let node): return node.name == "ALERTS" || node.name == "ALERTS_FOR_STATE"
        case .parenthesized(let node): return filters(node.inner)
        case .unary(let node): return filters(node.operand)
        case .range(let node): return filters(.selector(node.selector))
        case .subquery(let node): return filters(node.inner)
        case .aggregation(let node): return filters(node.operand)
        case .call(let node):
            return [.absent, .absentOverTime].contains(node.function) || node.arguments.contains(where: filters)
        case .binary(let node):
            switch node.operation {
            case .and, .unless: return true
            case .or: return filters(node.left) && filters(node.right)
            case _ where node.operation.isComparison && !node.returnsBool: return true
            default: return filters(node.left) || filters(node.right)
            }
        }
    }

    // MARK: Waiting

    private static func waiting(_ scope: RuleScope, _ report: inout RuleReport) {
        let rule = scope.rule
        let interval = scope.group.intervalMillis ?? 0
        if rule.forMillis == 0, !scope.selectors.isEmpty, !usesWindow(scope.expression) {
            report.add(
                .missingFor, in: rule.nodes.name, "the alert fires at the first sample that fulfils its condition",
                "add `for`, so that a single bad sample pages nobody")
        } else if rule.forMillis > 0, rule.forMillis < interval {
            report.add(
                .missingFor, in: rule.nodes.forDuration,
                "`for` of \(formatPrometheusDuration(rule.forMillis)) is shorter than the group's interval of "
                    + "\(formatPrometheusDuration(interval)), so the alert fires after one interval",
                "write what will happen: \(formatPrometheusDuration(interval))")
        }
    }

    /// Whether samples of a span of time are looked at, so that one bad sample doesn't decide alone; what other rules
    /// recorded, and other alerts, had their own.
    private static func usesWindow(_ expression: Expression) -> Bool {
        expression.holds { node in
            switch node {
            case .range, .subquery: true
            case .selector(let node): node.name.utf8.contains(UInt8(ascii: ":")) || node.name == "ALERTS"
            default: false
            }
        }
    }

    // MARK: Stability

    private static func stability(_ scope: RuleScope, _ report: inout RuleReport) {
        scope.visit { node, ancestors in
            switch node {
            case .aggregation(let aggregation) where aggregation.operation.keepsSeries && isReturned(ancestors):
                report.add(
                    .fragile, at: node.source,
                    "\(aggregation.operation.rawValue) may choose other series at every evaluation, which starts `for` "
                        + "anew and makes alerts come and go", "compare with a bound instead")
            case .call(let call) where call.function == .irate:
                report.add(
                    .fragile, at: call.source, "irate() sees two samples only, so a short dip ends the alert",
                    "use rate()", severity: .hint)
            default: break
            }
        }
    }

    /// Whether the node's series are those of the alert: no aggregation stands above, nor a set operator's right side.
    private static func isReturned(_ ancestors: RuleScope.Ancestors) -> Bool {
        !ancestors.contains { ancestor in
            if case .aggregation(let node) = ancestor { return !node.operation.keepsSeries }
            return false
        }
    }

    // MARK: Absence

    /// `sum(rate(x[5m])) == 0` is empty, not 0, when x is gone.
    private static func absence(_ scope: RuleScope, _ report: inout RuleReport) {
        let hasAlternative = scope.expression.holds { node in
            switch node {
            case .binary(let binary): binary.operation == .or
            case .call(let call): call.function == .absent || call.function == .absentOverTime
            default: false
            }
        }
        guard !hasAlternative else { return }
        scope.visit { node, ancestors in
            guard case .binary(let binary) = node else { return }
            if binary.operation == .unless, vanishes(binary.right, scope), hasComparison(binary.right) {
                report.add(
                    .absentUnsafe, at: binary.right.source,
                    "when its series vanish the right side of `unless` is empty, and the alert fires",
                    "make sure that this is meant, or add a rule with absent()")
            } else if isLow(binary), vanishes(binary.left, scope), !isBehindUnless(ancestors) {
                report.add(
                    .absentUnsafe, at: node.source,
                    "when its series vanish `\(binary.left.shown)` is empty instead of 0, and the alert stays silent",
                    LabelKnowledge(binary.left).possible == []
                        ? "add `or vector(0)` before the comparison, or a rule with absent()"
                        : "add a rule with absent()")
            }
        }
    }

    private static func isBehindUnless(_ ancestors: RuleScope.Ancestors) -> Bool {
        ancestors.contains { ancestor in
            if case .binary(let node) = ancestor { return node.operation == .unless }
            return false
        }
    }

    private static func hasComparison(_ expression: Expression) -> Bool {
        expression.holds { node in
            if case .binary(let binary) = node { binary.operation.isComparison } else { false }
        }
    }

    private static func isLow(_ node: BinaryOperation) -> Bool {
        guard !node.returnsBool, let bound = ValueRange(node.right).constant else { return false }
        if case .never = ValueRange(node.left).judge(node.operation, ValueRange(node.right)) { return false }
        switch node.operation {
        case .equal, .lessOrEqual: return bound == 0
        case .less: return bound > 0 && ValueRange(node.left).low >= 0
        default: return false
        }
    }

    /// Whether the value counts or adds up series, none of which another rule watches.
    private static func vanishes(_ expression: Expression, _ scope: RuleScope) -> Bool {
        let names = Set(expression.selectors.map(\.name)).subtracting([""])
        return isCounted(expression) && !names.isEmpty && names.isDisjoint(with: scope.context.watched)
    }

    /// Counts, sums and rates; a ratio says nothing about how much there is.
    private static func isCounted(_ expression: Expression) -> Bool {
        switch expression.withoutParentheses {
        case .aggregation(let node): return [.sum, .count].contains(node.operation) || isCounted(node.operand)
        case .call(let node): return [.rate, .increase, .irate, .changes].contains(node.function)
        case .binary(let node):
            if node.operation.isComparison || node.operation == .unless { return isCounted(node.left) }
            guard node.operation == .multiply || node.operation == .and else { return false }
            return isCounted(node.left) || isCounted(node.right)
        default: return false
        }
    }
}
