import TimeSeries

/// The type rules, in the order and the words of Prometheus's `checkAST`.
extension Parser {
    func checkedBinary(
        _ operation: BinaryOperator, _ left: Expression, _ right: Expression,
        _ modifiers: (isBool: Bool, matching: VectorMatching), _ operatorToken: Token
    ) throws(Failure) -> BinaryOperation {
        var matching = modifiers.matching
        let start = left.source.start
        let types = (left.type, right.type)
        if !options.fillModifiers, matching.fillLeft != nil || matching.fillRight != nil {
            throw Failure(message: "binop fill modifiers are experimental and not enabled", offset: start)
        }
        if modifiers.isBool, !operation.isComparison {
            throw Failure(message: "bool modifier can only be used on comparison operators", offset: start)
        }
        if operation.isComparison, !modifiers.isBool, types == (.scalar, .scalar) {
            throw Failure(
                message: "comparisons between scalars must use BOOL modifier",
                offset: operatorToken.source.start)
        }
        let included = Set(matching.isOn ? matching.include : [])
        for label in matching.labels where included.contains(label) {
            throw Failure(
                message: "label \(Labels.quoted(label)) must not occur in ON and GROUP clause at once",
                offset: start)
        }
        for (type, side) in [(types.0, left), (types.1, right)] where type != .scalar && type != .vector {
            throw Failure(
                message: "binary expression must contain only scalar and instant vector types",
                offset: side.source.start)
        }
        if types != (.vector, .vector) {
            if !matching.labels.isEmpty {
                throw Failure(
                    message: "vector matching only allowed between instant vectors", offset: start)
            }
            if matching.fillLeft != nil || matching.fillRight != nil {
                throw Failure(
                    message: "filling in missing series only allowed between instant vectors", offset: start)
            }
            if operation.isSetOperator {
                throw Failure(
                    message: "set operator \(Labels.quoted(operation.rawValue)) not allowed in binary scalar "
                        + "expression", offset: start)
            }
        } else if operation.isSetOperator {
            if matching.cardinality != .oneToOne {
                throw Failure(
                    message: "no grouping allowed for \(Labels.quoted(operation.rawValue)) operation",
                    offset: start)
            }
            if matching.fillLeft != nil || matching.fillRight != nil {
                throw Failure(
                    message: "filling in missing series not allowed for set operators", offset: start)
            }
            matching.cardinality = .manyToMany
        }
        return BinaryOperation(
            operation: operation, left: left, right: right, returnsBool: modifiers.isBool,
            matching: types == (.vector, .vector) ? matching : nil)
    }

    func checkAggregation(_ aggregation: Aggregation) throws(Failure) {
        try expectType(aggregation.operand, .vector, "aggregation expression")
        if let type = aggregation.operation.parameterType, let parameter = aggregation.parameter {
            try expectType(parameter, type, "aggregation parameter")
        }
    }

    func checkArguments(
        _ function: PromQLFunction, _ arguments: [Expression], _ source: SourceRange
    ) throws(Failure) {
        let types = function.argumentTypes
        let name = Labels.quoted(function.rawValue)
        let count = arguments.count
        let problem: String? =
            if function.variadic == 0 {
                count == types.count ? nil : "expected \(types.count) argument(s) in call to \(name), got \(count)"
            } else if count < max(function.minimumArguments, 0) {
                "expected at least \(function.minimumArguments) argument(s) in call to \(name), got \(count)"
            } else if let most = function.maximumArguments, count > most {
                "expected at most \(most) argument(s) in call to \(name), got \(count)"
            } else {
                nil
            }
        if let problem { throw Failure(message: problem, offset: source.start) }
        for (place, argument) in arguments.enumerated() {
            let type = types[min(place, types.count - 1)]
            try expectType(argument, type, "call to function \(name)")
        }
        if function == .info, arguments.count > 1 {
            let offset = arguments[1].source.start
            guard case .selector(let selector) = arguments[1] else {
                throw Failure(message: "expected label selectors only", offset: offset)
            }
            if !selector.name.isEmpty {
                throw Failure(message: "expected label selectors only, got vector selector instead", offset: offset)
            }
        }
    }

    private func expectType(_ argument: Expression, _ type: ValueType, _ context: String) throws(Failure) {
        if argument.type == type { return }
        throw Failure(
            message: "expected type \(type.rawValue) in \(context), got \(argument.type.rawValue)",
            offset: argument.source.start)
    }
}

extension PromQLFunction {
    /// The least number of arguments.
    var minimumArguments: Int { variadic == 0 ? argumentTypes.count : argumentTypes.count - 1 }

    /// The largest number of arguments, nil where there is no bound.
    var maximumArguments: Int? {
        variadic < 0 ? nil : variadic == 0 ? argumentTypes.count : argumentTypes.count - 1 + variadic
    }
}
