import TimeSeries

/// The expression as Prometheus prints it; reading the text back gives the same expression.
extension Expression: CustomStringConvertible {
    /// One line of PromQL.
    public var description: String {
        switch self {
        case .number(let node): return ExpressionText.number(node)
        case .string(let node): return Labels.quoted(node.value)
        case .parenthesized(let node): return "(\(node.inner))"
        case .unary(let node): return (node.isNegative ? "-" : "+") + "\(node.operand)"
        case .binary(let node): return ExpressionText.binary(node)
        case .call(let node):
            return node.function.rawValue + "(" + node.arguments.map(\.description).joined(separator: ", ") + ")"
        case .aggregation(let node): return ExpressionText.aggregation(node)
        case .selector(let node):
            return ExpressionText.selector(node) + ExpressionText.boundary(node)
                + ExpressionText.modifiers(node.at, node.offset)
        case .range(let node):
            return ExpressionText.selector(node.selector) + "[\(node.range)]" + ExpressionText.boundary(node.selector)
                + ExpressionText.modifiers(node.selector.at, node.selector.offset)
        case .subquery(let node):
            return "\(node.inner)[\(node.range):\(node.step?.description ?? "")]"
                + ExpressionText.modifiers(node.at, node.offset)
        }
    }
}

private enum ExpressionText {
    static func number(_ node: NumberLiteral) -> String {
        guard node.isDuration, let millis = Int64(exactly: (node.value * 1000).rounded()) else {
            return formatPrometheusFloat(node.value)
        }
        return formatPrometheusDuration(millis)
    }

    static func binary(_ node: BinaryOperation) -> String {
        var middle = " " + node.operation.rawValue
        if node.returnsBool { middle += " bool" }
        if let matching = node.matching { middle += text(of: matching) }
        return "\(node.left)\(middle) \(node.right)"
    }

    private static func text(of matching: VectorMatching) -> String {
        var out = ""
        let isGrouped = matching.cardinality == .manyToOne || matching.cardinality == .oneToMany
        if matching.isOn || !matching.labels.isEmpty || isGrouped {
            out += (matching.isOn ? " on (" : " ignoring (") + names(matching.labels) + ")"
        }
        if isGrouped {
            out += matching.cardinality == .manyToOne ? " group_left (" : " group_right ("
            out += names(matching.include) + ")"
        }
        switch (matching.fillLeft, matching.fillRight) {
        case (nil, nil): break
        case (let left?, let right?) where left == right || (left.isNaN && right.isNaN):
            out += " fill (\(formatPrometheusFloat(left)))"
        case (let left, let right):
            if let left { out += " fill_left (\(formatPrometheusFloat(left)))" }
            if let right { out += " fill_right (\(formatPrometheusFloat(right)))" }
        }
        return out
    }

    static func names(_ labels: [String]) -> String {
        labels.map { Labels.isLabelIdentifier($0) ? $0 : Labels.quoted($0) }.joined(separator: ", ")
    }

    static func aggregation(_ node: Aggregation) -> String {
        var out = node.operation.rawValue
        if node.isWithout {
            out += " without (" + names(node.grouping) + ") "
        } else if !node.grouping.isEmpty {
            out += " by (" + names(node.grouping) + ") "
        }
        out += "("
        if let parameter = node.parameter { out += "\(parameter), " }
        return out + "\(node.operand))"
    }

    static func selector(_ node: VectorSelector) -> String {
        var items: [String] = []
        let isPlain = Labels.isMetricIdentifier(node.name) && !isReserved(node.name)
        if !node.name.isEmpty, !isPlain { items.append(Labels.quoted(node.name)) }
        for matcher in node.matchers {
            if !node.name.isEmpty, matcher.name == Label.metricName, matcher.kind == .equal { continue }
            items.append(matcher.description)
        }
        let name = isPlain ? node.name : ""
        return items.isEmpty && isPlain ? name : name + "{" + items.joined(separator: ", ") + "}"
    }

    /// Words that would be read as something else where a metric stands.
    private static func isReserved(_ name: String) -> Bool {
        let lower = name.lowercased()
        return ["inf", "nan", "and", "or", "unless", "atan2", "offset", "anchored", "smoothed", "bool", "by", "on"]
            .contains(lower)
            || ["ignoring", "without", "group_left", "group_right", "fill", "fill_left", "fill_right"]
                .contains(lower)
            || AggregationOperator(rawValue: lower) != nil
    }

    static func boundary(_ node: VectorSelector) -> String { node.boundary.map { " " + $0.rawValue } ?? "" }

    static func modifiers(_ at: AtModifier?, _ offset: DurationExpression) -> String {
        var out = ""
        switch at {
        case .timestamp(let millis)?:
            let rest = String(millis.magnitude % 1000)
            let padded = String(repeating: "0", count: 3 - rest.utf8.count) + rest
            out += " @ " + (millis < 0 ? "-" : "") + "\(millis.magnitude / 1000).\(padded)"
        case .start?: out += " @ start()"
        case .end?: out += " @ end()"
        case nil: break
        }
        if offset == .zero { return out }
        if case .literal = offset { return out + " offset \(offset)" }
        if case .parenthesized = offset { return out + " offset \(offset)" }
        return out + " offset (\(offset))"
    }
}
