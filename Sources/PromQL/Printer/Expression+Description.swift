import TimeSeries

/// The expression as Prometheus prints it; reading the text back gives the same expression.
extension Expression: CustomStringConvertible {
    /// One line of PromQL.
    ///
    /// Written without recursion, because trees may be deeper than a thread's stack allows.
    public var description: String {
        var text = ""
        var pending: [ExpressionPiece] = [.node(self)]
        while let piece = pending.popLast() {
            switch piece {
            case .text(let part): text += part
            case .node(let node): pending += node.pieces.reversed()
            }
        }
        return text
    }

    /// The expression's own text, with its direct children in their places.
    private var pieces: [ExpressionPiece] {
        switch self {
        case .number(let node): return [.text(ExpressionText.number(node))]
        case .string(let node): return [.text(node.invalidText ?? Labels.quoted(node.value))]
        case .parenthesized(let node): return [.text("("), .node(node.inner), .text(")")]
        case .unary(let node): return [.text(node.isNegative ? "-" : "+"), .node(node.operand)]
        case .binary(let node):
            return [
                .node(ExpressionText.left(node)), .text(" \(ExpressionText.middle(node)) "), .node(node.right),
            ]
        case .call(let node): return ExpressionPiece.list(node.function.rawValue + "(", node.arguments)
        case .aggregation(let node): return ExpressionPiece.list(ExpressionText.head(node) + "(", children)
        case .selector(let node):
            return [
                .text(
                    ExpressionText.selector(node) + ExpressionText.at(node.at) + ExpressionText.boundary(node)
                        + ExpressionText.offset(node.offset))
            ]
        case .range(let node):
            return [
                .text(
                    ExpressionText.selector(node.selector) + "[\(node.range)]"
                        + ExpressionText.boundary(node.selector) + ExpressionText.at(node.selector.at)
                        + ExpressionText.offset(node.selector.offset))
            ]
        case .subquery(let node): return [.node(node.inner), .text(ExpressionText.suffix(node))]
        }
    }
}

/// Something still to be printed.
private enum ExpressionPiece {
    case text(String)
    case node(Expression)

    /// Children behind an opening bracket, separated by commas.
    static func list(_ head: String, _ nodes: [Expression]) -> [ExpressionPiece] {
        var pieces: [ExpressionPiece] = [.text(head)]
        for (place, node) in nodes.enumerated() {
            if place > 0 { pieces.append(.text(", ")) }
            pieces.append(.node(node))
        }
        return pieces + [.text(")")]
    }
}

/// The parts of printed expressions, for one line and for several.
enum ExpressionText {
    static func number(_ node: NumberLiteral) -> String {
        guard node.isDuration, let millis = Int64(exactly: (node.value * 1000).rounded()) else {
            return formatPrometheusFloat(node.value)
        }
        // Prometheus drops the sign of -0s, which a division shows.
        let isNegativeZero = node.value == 0 && node.value.sign == .minus
        return (isNegativeZero ? "-" : "") + formatPrometheusDuration(millis)
    }

    /// The left operand. An infinity before `^` loses the sign that Prometheus prints, because `+Inf ^ 2` reads as
    /// `+(Inf ^ 2)`.
    static func left(_ node: BinaryOperation) -> Expression {
        guard node.operation == .power, case .number(let number) = node.left, number.value == .infinity else {
            return node.left
        }
        return .string(StringLiteral(value: "", invalidText: "Inf", source: number.source))
    }

    /// The operator with its modifiers.
    static func middle(_ node: BinaryOperation) -> String {
        var middle = node.operation.rawValue
        if node.returnsBool { middle += " bool" }
        if let matching = node.matching { middle += text(of: matching) }
        return middle
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
        if let left = matching.fillLeft, left == matching.fillRight { return out + " fill (\(formatGoFloat(left)))" }
        if let left = matching.fillLeft { out += " fill_left (\(formatGoFloat(left)))" }
        if let right = matching.fillRight { out += " fill_right (\(formatGoFloat(right)))" }
        return out
    }

    private static func names(_ labels: [String]) -> String {
        labels.map { Labels.isLabelIdentifier($0) ? $0 : Labels.quoted($0) }.joined(separator: ", ")
    }

    /// The operator with its labels, up to the bracket.
    static func head(_ node: Aggregation) -> String {
        if node.isWithout { return node.operation.rawValue + " without (" + names(node.grouping) + ") " }
        if node.grouping.isEmpty { return node.operation.rawValue }
        return node.operation.rawValue + " by (" + names(node.grouping) + ") "
    }

    /// Name and matchers, these in the order of their text; a name from inside the braces stays there, as a matcher.
    static func selector(_ node: VectorSelector) -> String {
        let name = node.hasQuotedName ? "" : node.name
        var items: [String] = []
        for matcher in node.matchers {
            let isName = matcher.name == Label.metricName && matcher.kind == .equal && matcher.value == name
            if !isName || name.isEmpty { items.append(matcher.description) }
        }
        if items.isEmpty { return name.isEmpty ? "{}" : name }
        return name + "{" + items.sorted(by: ByteOrder.less).joined(separator: ",") + "}"
    }

    static func boundary(_ node: VectorSelector) -> String { node.boundary.map { " " + $0.rawValue } ?? "" }

    static func at(_ at: AtModifier?) -> String {
        switch at {
        case .timestamp(let millis)?:
            let rest = String(millis.magnitude % 1000)
            let padded = String(repeating: "0", count: 3 - rest.utf8.count) + rest
            return " @ " + (millis < 0 ? "-" : "") + "\(millis.magnitude / 1000).\(padded)"
        case .start?: return " @ start()"
        case .end?: return " @ end()"
        case nil: return ""
        }
    }

    static func offset(_ offset: DurationExpression) -> String { offset.isZero ? "" : " offset \(offset)" }

    /// What follows a subquery's expression.
    static func suffix(_ node: Subquery) -> String {
        "[\(node.range):\(node.step?.description ?? "")]" + at(node.at) + offset(node.offset)
    }
}
