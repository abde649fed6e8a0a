import TimeSeries

extension Parser {
    /// A duration, a number of seconds, or arithmetic over them.
    mutating func durationExpression(
        minimum: Int, mustBePositive: Bool
    ) throws(Failure) -> DurationExpression {
        let start = token.source.start
        durationOperators = 0
        let value = try durationArithmetic(minimum: minimum)
        if case .literal(let seconds, _) = value, mustBePositive, seconds <= 0 {
            throw Failure(message: "duration must be greater than 0", offset: start)
        }
        if case .literal(let seconds, _) = value, abs(seconds) > 1e10 || seconds.isNaN {
            throw Failure(message: "duration out of range", offset: start)
        }
        return value
    }

    private mutating func durationArithmetic(minimum: Int) throws(Failure) -> DurationExpression {
        var left = try durationOperand(minimum: minimum)
        while token.kind == .symbol, let operation = DurationExpression.Operator(rawValue: token.text),
            let precedence = BinaryOperator(rawValue: token.text)?.precedence, precedence >= minimum
        {
            durationOperators += 1
            if durationOperators > options.maxNesting { throw tooDeep(token.source.start, options.maxNesting) }
            advance()
            let right = try nested { parser throws(Failure) in
                try parser.durationArithmetic(minimum: operation == .power ? precedence : precedence + 1)
            }
            left = .binary(operation, left, right)
        }
        return left
    }

    private mutating func durationOperand(minimum: Int) throws(Failure) -> DurationExpression {
        if at("-") || at("+") {
            let negative = at("-")
            advance()
            let operand = try nested { parser throws(Failure) in
                try parser.durationArithmetic(minimum: max(minimum, BinaryOperator.power.precedence))
            }
            if !negative { return operand }
            if case .literal(let seconds, let isDuration) = operand {
                return .literal(seconds: -seconds, isDuration: isDuration)
            }
            return .negated(operand)
        }
        if token.kind == .number || token.kind == .duration {
            let literal = DurationExpression.literal(
                seconds: token.number, isDuration: token.kind == .duration)
            advance()
            return literal
        }
        if take("(") {
            let inner = try nested { parser throws(Failure) in try parser.durationArithmetic(minimum: 0) }
            try expect(")", "duration expression")
            return .parenthesized(inner)
        }
        return try durationFunction()
    }

    private mutating func durationFunction() throws(Failure) -> DurationExpression {
        let word = token.kind == .identifier ? token.text.lowercased() : ""
        switch word {
        case "step", "range":
            advance()
            try expect("(", "duration expression")
            try expect(")", "duration expression")
            return word == "step" ? .step : .range
        case "min_of", "max_of", "min", "max":
            advance()
            try expect("(", "duration expression")
            let (left, right) = try nested { parser throws(Failure) in
                let left = try parser.durationArithmetic(minimum: 0)
                try parser.expect(",", "duration expression")
                return (left, try parser.durationArithmetic(minimum: 0))
            }
            try expect(")", "duration expression")
            return word.hasPrefix("min") ? .minimum(left, right) : .maximum(left, right)
        default:
            throw unexpected("duration expression", "number, duration, step(), or range()")
        }
    }
}
