import TimeSeries

/// A parsed and type-checked PromQL expression.
public indirect enum Expression: Sendable {
    /// A number, `3` or `5m`.
    case number(NumberLiteral)
    /// A string in any of the three quotes.
    case string(StringLiteral)
    /// An expression in brackets.
    case parenthesized(Parenthesized)
    /// A sign before an expression.
    case unary(UnaryOperation)
    /// Two expressions with an operator between.
    case binary(BinaryOperation)
    /// A function with its arguments.
    case call(FunctionCall)
    /// An aggregation over a vector.
    case aggregation(Aggregation)
    /// An instant selector, `foo{a="b"}`.
    case selector(VectorSelector)
    /// A range selector, `foo[5m]`.
    case range(RangeSelector)
    /// An expression evaluated over a span, `foo[5m:1m]`.
    case subquery(Subquery)

    /// The type of its value.
    public var type: ValueType {
        var current = self
        while true {
            switch current {
            case .number: return .scalar
            case .string: return .string
            case .parenthesized(let node): current = node.inner
            case .unary(let node): current = node.operand
            case .binary(let node):
                // Chains grow to the left, so only that side is followed without recursion.
                if node.right.type != .scalar { return .vector }
                current = node.left
            case .call(let node): return node.function.result
            case .aggregation, .selector: return .vector
            case .range, .subquery: return .matrix
            }
        }
    }

    /// Where it stands in the text.
    public var source: SourceRange {
        var first = self
        while case .binary(let node) = first { first = node.left }
        var last = self
        while case .binary(let node) = last { last = node.right }
        return first.ownSource.extended(to: last.ownSource.end)
    }

    private var ownSource: SourceRange {
        switch self {
        case .number(let node): node.source
        case .string(let node): node.source
        case .parenthesized(let node): node.source
        case .unary(let node): node.source
        case .binary(let node): node.left.source
        case .call(let node): node.source
        case .aggregation(let node): node.source
        case .selector(let node): node.source
        case .range(let node): node.source
        case .subquery(let node): node.source
        }
    }

    /// The direct children, in the order of the text.
    public var children: [Expression] {
        switch self {
        case .number, .string, .selector: []
        case .parenthesized(let node): [node.inner]
        case .unary(let node): [node.operand]
        case .binary(let node): [node.left, node.right]
        case .call(let node): node.arguments
        case .aggregation(let node): (node.parameter.map { [$0] } ?? []) + [node.operand]
        case .range(let node): [.selector(node.selector)]
        case .subquery(let node): [node.inner]
        }
    }

    /// Calls `visit` for this node and all below, parents first; its result says whether to go below.
    public func walk(_ visit: (Expression) -> Bool) {
        if !visit(self) { return }
        for child in children { child.walk(visit) }
    }

    /// The selectors of the expression, those of range selectors included, and that of `target_info` which `info`
    /// has where none is given.
    public var selectors: [VectorSelector] {
        var found: [VectorSelector] = []
        walk { node in
            switch node {
            case .selector(let selector): found.append(selector)
            case .call(let call) where call.function == .info && call.arguments.count == 1:
                let name = LabelMatcher(name: Label.metricName, equal: "target_info")
                found.append(VectorSelector(name: "target_info", matchers: [name], source: call.source))
            default: break
            }
            return true
        }
        return found
    }

    /// The expression without brackets around it.
    public var withoutParentheses: Expression {
        var inner = self
        while case .parenthesized(let node) = inner { inner = node.inner }
        return inner
    }
}
