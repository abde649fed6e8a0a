import RegularExpressions
import TimeSeries

extension Parser {
    mutating func functionCall() throws(Failure) -> Node {
        let name = token
        guard let function = PromQLFunction(rawValue: name.text) else {
            throw Failure(
                message: "unknown function with name \(Labels.quoted(name.text))", offset: name.source.start)
        }
        if function.isExperimental, !options.experimentalFunctions {
            throw Failure(
                message: "function \(Labels.quoted(name.text)) is not enabled", offset: name.source.start)
        }
        advance()
        let arguments = try argumentList("function call", labelSelectorAt: function == .info ? 1 : nil)
        let source = name.source.extended(to: lastEnd)
        let expressions = arguments.map(\.expression)
        try checkArguments(function, expressions, source)
        if function == .labelReplace, case .string(let pattern) = expressions[4].withoutParentheses,
            let regex = try? LinearRegex(pattern.value)
        {
            try count(regex, offset: pattern.source.start)
        }
        let call = FunctionCall(function: function, arguments: expressions, source: source)
        return try node(.call(call), above: arguments.map(\.depth).max() ?? 0)
    }

    /// `( expression, … )`; a comma before the closing bracket is refused as in Prometheus.
    ///
    /// - Parameter labelSelectorAt: the argument that may be a selector which selects everything.
    private mutating func argumentList(_ context: String, labelSelectorAt place: Int? = nil) throws(Failure) -> [Node] {
        try expect("(", context)
        var arguments: [Node] = []
        if take(")") { return arguments }
        let allowsEmpty = allowsEmptySelectors
        defer { allowsEmptySelectors = allowsEmpty }
        while true {
            allowsEmptySelectors = arguments.count == place
            arguments.append(try nested { parser throws(Failure) in try parser.binaryExpression(minimum: 0) })
            if take(")") { return arguments }
            if !at(",") { throw unexpected("", "") }
            advance()
            if at(")") {
                throw Failure(
                    message: "trailing commas not allowed in function call args", offset: token.source.start)
            }
        }
    }

    mutating func aggregation(_ operation: AggregationOperator) throws(Failure) -> Node {
        let name = token
        if operation.isExperimental, !options.experimentalFunctions {
            throw Failure(
                message: "\(operation.rawValue)() is experimental and must be enabled with "
                    + "--enable-feature=promql-experimental-functions", offset: name.source.start)
        }
        advance()
        var grouping = try groupingClause()
        let arguments = try argumentList("aggregation")
        if grouping == nil { grouping = try groupingClause() }
        let source = name.source.extended(to: lastEnd)
        let expected = operation.parameterType == nil ? 1 : 2
        if arguments.isEmpty {
            throw Failure(message: "no arguments for aggregate expression provided", offset: source.start)
        }
        guard let operand = arguments.last, arguments.count == expected else {
            throw Failure(
                message: "wrong number of arguments for aggregate expression provided, expected \(expected), "
                    + "got \(arguments.count)", offset: source.start)
        }
        let parameter = expected == 2 ? arguments[0].expression : nil
        let aggregation = Aggregation(
            operation: operation, operand: operand.expression, parameter: parameter,
            grouping: grouping?.labels ?? [], isWithout: grouping?.isWithout ?? false, source: source)
        try checkAggregation(aggregation)
        return try node(.aggregation(aggregation), above: operand.depth, arguments[0].depth)
    }

    private mutating func groupingClause() throws(Failure) -> (labels: [String], isWithout: Bool)? {
        let isWithout = atWord("without")
        guard isWithout || atWord("by") else { return nil }
        advance()
        return (try labelList("grouping opts"), isWithout)
    }

    /// `( label, … )`, quoted or not, with an optional comma at the end.
    mutating func labelList(_ context: String) throws(Failure) -> [String] {
        try expect("(", context, "\"(\"")
        var labels: [String] = []
        while !at(")") {
            switch token.kind {
            case .identifier: labels.append(token.text)
            case .string:
                if token.content.isEmpty {
                    throw Failure(
                        message: "invalid label name for grouping: \"\"", offset: token.source.start)
                }
                labels.append(token.content)
            default: throw unexpected(context, "label")
            }
            advance()
            if at(")") { break }
            if !take(",") { throw unexpected(context, "\",\" or \")\"") }
        }
        try expect(")", context)
        return labels
    }

    /// `bool`, `on`, `ignoring`, `group_left`, `group_right` and the fill modifiers after an operator.
    mutating func binaryModifiers() throws(Failure) -> (isBool: Bool, matching: VectorMatching) {
        var matching = VectorMatching()
        let isBool = atWord("bool")
        if isBool { advance() }
        if atWord("on") || atWord("ignoring") {
            matching.isOn = atWord("on")
            advance()
            matching.labels = try labelList("grouping opts")
            let isLeft = atWord("group_left")
            if isLeft || atWord("group_right") {
                advance()
                matching.cardinality = isLeft ? .manyToOne : .oneToMany
                if at("(") { matching.include = try labelList("grouping opts") }
            }
        }
        try fillModifiers(&matching)
        return (isBool, matching)
    }

    private mutating func fillModifiers(_ matching: inout VectorMatching) throws(Failure) {
        while token.kind == .identifier, following.kind == .symbol, following.text == "(" {
            let word = token.text.lowercased()
            guard ["fill", "fill_left", "fill_right"].contains(word) else { return }
            advance()
            try expect("(", "fill modifier")
            let value = try signedNumber("fill modifier")
            try expect(")", "fill modifier")
            if word != "fill_right" { matching.fillLeft = value }
            if word != "fill_left" { matching.fillRight = value }
        }
    }

    mutating func signedNumber(_ context: String) throws(Failure) -> Double {
        let negative = at("-")
        if negative || at("+") { advance() }
        guard token.kind == .number || token.kind == .duration else { throw unexpected(context, "number") }
        let value = token.number
        advance()
        return negative ? -value : value
    }
}
