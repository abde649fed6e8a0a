import TimeSeries

extension Parser {
    /// Operators that bind at least as strongly as `minimum`, by precedence climbing.
    mutating func binaryExpression(minimum: Int) throws(Failure) -> Node {
        var left = try unaryExpression()
        while let operation = binaryOperator(), operation.precedence >= minimum {
            let operatorToken = token
            advance()
            let modifiers = try binaryModifiers()
            let rightMinimum = operation == .power ? operation.precedence : operation.precedence + 1
            let right = try nested { parser throws(Failure) in
                try parser.binaryExpression(minimum: rightMinimum)
            }
            let binary = try checkedBinary(
                operation, left.expression, right.expression, modifiers, operatorToken)
            left = try node(.binary(binary), above: left.depth, right.depth)
        }
        return left
    }

    private func binaryOperator() -> BinaryOperator? {
        switch token.kind {
        case .symbol: return BinaryOperator(rawValue: token.text)
        case .identifier:
            let word = token.text.lowercased()
            return ["and", "or", "unless", "atan2"].contains(word) ? BinaryOperator(rawValue: word) : nil
        default: return nil
        }
    }

    private mutating func unaryExpression() throws(Failure) -> Node {
        let first = token.source
        let start = first.start
        let negative = at("-")
        guard negative || at("+") else { return try postfixExpression() }
        advance()
        let operand = try nested { parser throws(Failure) in
            try parser.binaryExpression(minimum: BinaryOperator.power.precedence)
        }
        let type = operand.expression.type
        guard type == .scalar || type == .vector else {
            throw Failure(
                message: "unary expression only allowed on expressions of type scalar or instant vector, got "
                    + Labels.quoted(type.rawValue), offset: start)
        }
        let source = first.extended(to: operand.expression.source.end)
        if case .number(var number) = operand.expression {
            number.value = negative ? -number.value : number.value
            number.source = source
            return try node(.number(number))
        }
        return try node(
            .unary(UnaryOperation(isNegative: negative, operand: operand.expression, source: source)),
            above: operand.depth)
    }

    private mutating func postfixExpression() throws(Failure) -> Node {
        var current = try primaryExpression()
        while true {
            if at("[") {
                current = try rangeOrSubquery(current)
            } else if atWord("offset") {
                current = try offsetModifier(current)
            } else if at("@") {
                current = try atModifier(current)
            } else if atWord("anchored") || atWord("smoothed") {
                current = try boundaryModifier(current)
            } else {
                return current
            }
        }
    }

    /// Frames on the way down stay small, because they bound how deep brackets may nest: what doesn't recurse has
    /// functions of its own.
    private mutating func primaryExpression() throws(Failure) -> Node {
        switch token.kind {
        case .number, .duration, .string: return try literalExpression()
        case .identifier, .metricIdentifier: return try wordExpression()
        case .symbol: return at("(") ? try parenthesizedExpression() : try bracedSelector()
        default: throw unexpected("", "")
        }
    }

    private mutating func literalExpression() throws(Failure) -> Node {
        let literal = token
        advance()
        if literal.kind == .string {
            return try node(
                .string(
                    StringLiteral(
                        value: literal.content, invalidText: literal.isInvalidUTF8 ? literal.text : nil,
                        source: literal.source)))
        }
        return try node(
            .number(
                NumberLiteral(
                    value: literal.number, isDuration: literal.kind == .duration, source: literal.source)))
    }

    private mutating func bracedSelector() throws(Failure) -> Node {
        if !at("{") { throw unexpected("", "") }
        return try node(.selector(try vectorSelector(name: nil)))
    }

    private mutating func parenthesizedExpression() throws(Failure) -> Node {
        let first = token.source
        advance()
        let inner = try nested { parser throws(Failure) in try parser.binaryExpression(minimum: 0) }
        try expect(")", "")
        let source = first.extended(to: lastEnd)
        return try node(
            .parenthesized(Parenthesized(inner: inner.expression, source: source)), above: inner.depth)
    }

    private enum WordRole {
        case aggregation(AggregationOperator)
        case function
        case metric
    }

    private mutating func wordExpression() throws(Failure) -> Node {
        switch try wordRole() {
        case .aggregation(let operation): return try aggregation(operation)
        case .function: return try functionCall()
        case .metric: return try metricExpression()
        }
    }

    private mutating func metricExpression() throws(Failure) -> Node {
        let name = token
        advance()
        return try node(.selector(try vectorSelector(name: name)))
    }

    /// An aggregation, a function call or a metric, told apart by what follows the word.
    private mutating func wordRole() throws(Failure) -> WordRole {
        let lower = token.text.lowercased()
        let opensArguments = following.kind == .symbol && following.text == "("
        let opensGrouping =
            following.kind == .identifier && ["by", "without"].contains(following.text.lowercased())
        if token.kind == .identifier, let operation = AggregationOperator(rawValue: lower) {
            if opensArguments || opensGrouping { return .aggregation(operation) }
            if following.kind == .identifier, !isOperatorWord(following.text) {
                advance()
                throw unexpected("aggregation", "")
            }
        }
        if opensArguments, isModifierWord(lower) { throw unexpected("", "") }
        if opensArguments, token.kind == .identifier { return .function }
        if isOperatorWord(lower), isBinaryWord(lower), following.kind != .symbol, following.kind != .endOfInput {
            throw unexpected("", "")
        }
        return .metric
    }

    private func isOperatorWord(_ word: String) -> Bool {
        isBinaryWord(word.lowercased()) || ["offset", "anchored", "smoothed"].contains(word.lowercased())
    }

    private func isBinaryWord(_ word: String) -> Bool { ["and", "or", "unless", "atan2"].contains(word) }

    private func isModifierWord(_ word: String) -> Bool {
        ["by", "without", "on", "ignoring", "group_left", "group_right", "bool", "offset"].contains(word)
    }
}
