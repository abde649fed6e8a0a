import Exposition
import PromQL

/// Counters, gauges and what may be done with them.
enum CounterChecks {
    private static let rates: Set<PromQLFunction> = [.rate, .increase, .irate]
    private static let deltas: Set<PromQLFunction> = [.delta, .idelta, .deriv, .predictLinear]
    private static let averages: Set<PromQLFunction> = [
        .avgOverTime, .sumOverTime, .quantileOverTime, .stddevOverTime, .stdvarOverTime,
    ]

    static func run(_ scope: RuleScope, _ report: inout RuleReport) {
        scope.visit { node, ancestors in
            switch node {
            case .call(let call): judge(call, scope, &report)
            case .binary(let binary) where binary.operation.isComparison: judge(binary, scope, &report)
            default: break
            }
        }
    }

    private static func judge(_ call: FunctionCall, _ scope: RuleScope, _ report: inout RuleReport) {
        let argument = call.arguments.first { $0.type == .matrix }?.withoutParentheses
        switch argument {
        case .range(let range)?: judge(call, of: range.selector, scope, &report)
        case .subquery(let subquery)? where rates.contains(call.function):
            if case .aggregation(let inner) = subquery.inner.withoutParentheses, inner.operation != .count,
                let counter = CounterValue.rawSelector(in: subquery.inner, scope.context)
            {
                report.add(
                    .rateAfterSum, at: call.source,
                    "\(call.function.rawValue)() over an aggregation of the counter \(counter.name): when one of its "
                        + "series resets, the whole seems to",
                    "take the rate first: `\(inner.operation.rawValue)(rate(\(counter.name)[…]))`")
            }
        default: break
        }
    }

    private static func judge(
        _ call: FunctionCall, of selector: VectorSelector, _ scope: RuleScope, _ report: inout RuleReport
    ) {
        let name = selector.name
        guard !name.isEmpty else { return }
        let kind = scope.context.kind(of: name)
        let function = call.function.rawValue
        if rates.contains(call.function) {
            if let (reason, severity) = notACounter(name, kind, scope.context) {
                report.add(
                    .rateOfGauge, at: call.source, "\(function)() of \(name), which \(reason)",
                    "for a gauge use delta() or deriv()", severity: severity)
            } else if let writer = aggregatedCounter(name, scope.context) {
                report.add(
                    .rateAfterSum, at: call.source,
                    "\(function)() of \(name), which line \(writer.line) of \(writer.file) records as an aggregation of "
                        + "counters: when one of them resets, the whole seems to", "record the rates and add those up")
            }
        } else if deltas.contains(call.function), kind == .counter {
            report.add(
                .deltaOfCounter, at: call.source,
                "\(function)() of the counter \(name) takes every restart for a fall",
                "use \(call.function == .idelta ? "irate" : call.function == .delta ? "increase" : "rate")()",
                severity: scope.context.isDeclared(name) ? .warning : nil)
        } else if averages.contains(call.function), kind == .counter {
            report.add(
                .counterWithoutRate, at: call.source,
                "\(function)() of the counter \(name) depends on when its process started",
                "use rate() or increase() over the same window",
                severity: scope.context.isDeclared(name) ? .warning : nil)
        }
    }

    private static func notACounter(
        _ name: String, _ kind: MetricKind?, _ context: LintContext
    ) -> (reason: String, severity: RuleSeverity?)? {
        switch kind {
        case .counter?, .histogram?, .summary?, .gaugehistogram?: return nil
        case .gauge? where context.recorded[name] != nil:
            let writer = context.recorded[name]?.first?.rule
            return (
                "line \(writer?.line ?? 0) of \(writer?.file ?? "") records from something that isn't a counter", nil
            )
        case .gauge?: return ("is a gauge", nil)
        case .info?, .stateset?: return ("is of the type \(kind?.rawValue ?? "")", nil)
        case .unknown?, nil:
            let looksLikeGauge = gaugeEndings.contains { name.hasSuffix($0) }
            return looksLikeGauge ? ("is named like a gauge", .hint) : nil
        }
    }

    /// Endings that counters don't have; `_bytes` and `_seconds` are left out, because old exporters count with them.
    private static let gaugeEndings = [
        "_ratio", "_percent", "_percentage", "_celsius", "_temperature", "_info", "_current", "_usage", "_used",
        "_free",
        "_available", "_utilization", "_capacity", "_size", "_limit", "_max", "_min", "_avg", "_timestamp_seconds",
        "_in_flight",
    ]

    private static func aggregatedCounter(_ name: String, _ context: LintContext) -> Rule? {
        context.recorded[name]?.first { writer in
            if case .aggregation = writer.rule.expression.withoutParentheses {
                return CounterValue.isRaw(writer.rule.expression, context)
            }
            return false
        }?.rule
    }

    /// `errors_total > 10`; whether a counter ever moved (`== 0`) may be a question.
    private static func judge(_ node: BinaryOperation, _ scope: RuleScope, _ report: inout RuleReport) {
        if node.operation == .equal || node.operation == .notEqual { return }
        for (side, other) in [(node.left, node.right), (node.right, node.left)] {
            guard other.type == .scalar || ValueRange(other).constant != nil,
                let counter = CounterValue.rawSelector(in: side, scope.context)
            else { continue }
            report.add(
                .counterWithoutRate, at: Expression.binary(node).source,
                "the value of the counter \(counter.name) depends on when its process started, and never falls",
                "compare rate(\(counter.name)[…]) or increase(\(counter.name)[…])",
                severity: scope.context.isDeclared(counter.name) ? .warning : nil)
            return
        }
    }
}
