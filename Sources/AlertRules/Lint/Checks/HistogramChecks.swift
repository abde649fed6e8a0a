import PromQL

/// `promql/histogram-quantile` and `promql/nan`.
enum HistogramChecks {
    static func run(_ scope: RuleScope, _ report: inout RuleReport) {
        scope.visit { node, _ in
            if case .call(let call) = node, call.function == .histogramQuantile, call.arguments.count == 2 {
                judge(call, &report)
            }
            if case .aggregation(let aggregation) = node { judge(aggregation, &report) }
        }
    }

    private static func judge(_ call: FunctionCall, _ report: inout RuleReport) {
        let (quantile, operand) = (ValueRange(call.arguments[0]), call.arguments[1])
        if quantile.low > 1 || quantile.high < 0 {
            report.add(
                .histogramQuantile, at: call.arguments[0].source,
                "the quantile \(call.arguments[0].shown) lies outside of 0 to 1, so the result is infinite",
                "write 0.99 for the 99th percentile")
        }
        let buckets = operand.selectors.first { $0.name.hasSuffix("_bucket") }
        guard let buckets else { return }
        if LabelKnowledge(operand).lacks("le") {
            report.add(
                .histogramQuantile, at: call.source,
                "the buckets' label `le` is aggregated away, so there is no distribution left", "add le to by (…)")
        } else if !containsRange(operand), !buckets.name.contains(":") {
            report.add(
                .histogramQuantile, at: call.source,
                "the buckets of \(buckets.name) count from the start of their process, so the quantile hardly moves",
                "take rate(\(buckets.name)[…]) first", severity: .hint)
        }
    }

    private static func containsRange(_ expression: Expression) -> Bool { expression.holds { $0.type == .matrix } }

    /// A single 0 / 0 makes the sum NaN.
    private static func judge(_ node: Aggregation, _ report: inout RuleReport) {
        guard [.sum, .avg, .stddev, .stdvar].contains(node.operation),
            case .binary(let inner) = node.operand.withoutParentheses, inner.operation == .divide,
            inner.left.type == .vector, inner.right.type == .vector
        else { return }
        report.add(
            .notANumber, at: node.source,
            "one 0 / 0 among the series makes the whole \(node.operation.rawValue) NaN",
            node.operation == .sum
                ? "divide the sums, or filter the divisor with > 0"
                : "divide the aggregations, or filter the divisor with > 0")
    }
}
