import TimeSeries

extension Evaluation {
    /// Calls a function; the parser has checked number and types of the arguments.
    func call(_ node: FunctionCall, _ grid: StepGrid) throws -> StepValue {
        if node.arguments.contains(where: { $0.type == .matrix }) {
            return .vector(try rangeFunction(node, grid))
        }
        if node.function.result == .scalar { return .scalar(try scalarFunction(node, grid)) }
        return .vector(try vectorFunction(node, grid))
    }

    private func scalarFunction(_ node: FunctionCall, _ grid: StepGrid) throws -> [Double] {
        func constant(_ value: Double) -> [Double] { [Double](repeating: value, count: grid.count) }
        let arguments = node.arguments
        switch node.function {
        case .pi: return constant(.pi)
        case .time: return (0..<grid.count).map { Double(grid.time($0)) / 1000 }
        case .start: return constant(Double(query.start) / 1000)
        case .end: return constant(Double(queryEnd) / 1000)
        case .step: return constant(isInstant ? 0 : Double(query.step) / 1000)
        case .range: return constant(Double(queryEnd - query.start) / 1000)
        case .minOf: return zip(try scalar(arguments[0], grid), try scalar(arguments[1], grid)).map(GoMath.min)
        case .maxOf: return zip(try scalar(arguments[0], grid), try scalar(arguments[1], grid)).map(GoMath.max)
        case .scalar: return onlyValues(try vector(arguments[0], grid), grid.count)
        default: throw EvaluationError.unsupported("function \(node.function.rawValue)")
        }
    }

    /// The value where a step has exactly one sample, else NaN.
    private func onlyValues(_ columns: [Column], _ steps: Int) -> [Double] {
        (0..<steps).map { step in
            var found: Double?
            for column in columns where !column.values[step].isStaleMarker {
                if found != nil { return .nan }
                found = column.values[step]
            }
            return found ?? .nan
        }
    }

    private func vectorFunction(_ node: FunctionCall, _ grid: StepGrid) throws -> [Column] {
        let arguments = node.arguments
        switch node.function {
        case .vector: return [Column(labels: .empty, values: try scalar(arguments[0], grid))]
        case .absent: return [absent(arguments[0], try vector(arguments[0], grid), grid)]
        case .clamp, .clampMin, .clampMax: return try clamped(node, grid)
        case .round: return try rounded(node, grid)
        case .timestamp: return try timestamps(node, grid)
        case .startTimestamp: return try startTimestamps(node, grid)
        case .info: return try info(node, grid)
        case .sort, .sortDesc: return try sortedByValue(node, grid)
        case .sortByLabel, .sortByLabelDesc: return try sortedByLabels(node, grid)
        case .labelReplace: return try labelReplace(node, grid)
        case .labelJoin: return try labelJoin(node, grid)
        case .histogramQuantile: return try histogramQuantile(node, grid)
        case .histogramQuantiles: return try histogramQuantiles(node, grid)
        case .histogramFraction: return try histogramFraction(node, grid)
        case .histogramAvg, .histogramCount, .histogramStddev, .histogramStdvar, .histogramSum:
            return try histogramNumber(node, grid)
        case .dayOfMonth, .dayOfWeek, .dayOfYear, .daysInMonth, .hour, .minute, .month, .year:
            return try datePart(node, grid)
        default:
            guard let function = FloatMath.unary[node.function.rawValue] else {
                throw EvaluationError.unsupported("function \(node.function.rawValue)")
            }
            return try mapped(try vector(arguments[0], grid), function)
        }
    }

    func mapped(_ columns: [Column], _ transform: (Double) -> Double) throws -> [Column] {
        var next = columns
        for place in next.indices { next[place].map(transform) }
        return try withoutNames(next)
    }

    private func clamped(_ node: FunctionCall, _ grid: StepGrid) throws -> [Column] {
        var columns = try vector(node.arguments[0], grid)
        let first = try scalar(node.arguments[1], grid)
        let unbounded = [Double](repeating: node.function == .clampMax ? -.infinity : .infinity, count: grid.count)
        let lower = node.function == .clampMax ? unbounded : first
        let upper =
            node.function == .clampMax
            ? first : node.function == .clampMin ? unbounded : try scalar(node.arguments[2], grid)
        for place in columns.indices {
            columns[place].histograms = []
            for step in 0..<grid.count where !columns[place].values[step].isStaleMarker {
                let value = columns[place].values[step]
                let isEmpty = node.function == .clamp && upper[step] < lower[step]
                columns[place].values[step] =
                    isEmpty
                    ? Column.absent : GoMath.max(lower[step], GoMath.min(upper[step], value))
            }
        }
        return try withoutNames(columns)
    }

    private func rounded(_ node: FunctionCall, _ grid: StepGrid) throws -> [Column] {
        var columns = try vector(node.arguments[0], grid)
        let nearest =
            node.arguments.count > 1
            ? try scalar(node.arguments[1], grid) : [Double](repeating: 1, count: grid.count)
        for place in columns.indices {
            columns[place].histograms = []
            for step in 0..<grid.count where !columns[place].values[step].isStaleMarker {
                let inverse = 1 / nearest[step]
                let scaled = (columns[place].values[step] * inverse + 0.5).rounded(.down)
                columns[place].values[step] = scaled / inverse
            }
        }
        return try withoutNames(columns)
    }

    private func timestamps(_ node: FunctionCall, _ grid: StepGrid) throws -> [Column] {
        if case .selector(let selector) = node.arguments[0].withoutParentheses {
            return try withoutNames(try sampleTimes(selector, grid))
        }
        var columns = try vector(node.arguments[0], grid)
        for place in columns.indices {
            for step in 0..<grid.count where columns[place].isPresent(step) {
                columns[place].values[step] = Double(grid.time(step)) / 1000
            }
            columns[place].histograms = []
        }
        return try withoutNames(columns)
    }

    /// When counting began, as the samples of a selector say; an expression's samples say nothing.
    private func startTimestamps(_ node: FunctionCall, _ grid: StepGrid) throws -> [Column] {
        guard options.useStartTimestamps, case .selector(let selector) = node.arguments[0].withoutParentheses else {
            _ = try vector(node.arguments[0], grid)
            return []
        }
        return try withoutNames(try sampleStarts(selector, grid))
    }

    // MARK: Absence

    private func absent(_ expression: Expression, _ columns: [Column], _ grid: StepGrid) -> Column {
        var matchers: [LabelMatcher] = []
        if case .selector(let selector) = expression.withoutParentheses { matchers = selector.matchers }
        var result = Column(
            labels: Evaluation.labelsOfAbsence(matchers), values: [Double](repeating: 1, count: grid.count))
        for column in columns {
            for step in 0..<grid.count where column.isPresent(step) { result.values[step] = Column.absent }
        }
        return result
    }

    /// Labels that the selector demands by `=`; one that is named again after that is left out.
    static func labelsOfAbsence(_ matchers: [LabelMatcher]) -> Labels {
        var values: [String: String] = [:]
        var seen: Set<String> = []
        for matcher in matchers where matcher.name != Label.metricName {
            let isFirst = matcher.kind == .equal && seen.insert(matcher.name).inserted
            values[matcher.name] = isFirst ? matcher.value : ""
        }
        return Labels(values.map { ($0.key, $0.value) })
    }

    // MARK: Order

    private func warnAboutSorting(_ node: FunctionCall) {
        if isInstant { return }
        remark(
            .warning,
            "\(node.function == .sort || node.function == .sortDesc ? "sort" : "sort") is ineffective for range "
                + "queries since results are always ordered by labels", node.source)
    }

    private func sortedByValue(_ node: FunctionCall, _ grid: StepGrid) throws -> [Column] {
        let columns = try vector(node.arguments[0], grid).compactMap { column -> Column? in
            var numbers = column
            numbers.histograms = []
            return numbers.isEmpty ? nil : numbers
        }
        if grid.count > 1 || !isInstant {
            warnAboutSorting(node)
            return columns
        }
        let descends = node.function == .sortDesc
        let order = columns.indices.sorted { left, right in
            let (first, second) = (columns[left].values[0], columns[right].values[0])
            if first.isNaN || second.isNaN { return first.isNaN == second.isNaN ? left < right : second.isNaN }
            if first == second { return left < right }
            return descends ? first > second : first < second
        }
        return order.map { columns[$0] }
    }

    private func sortedByLabels(_ node: FunctionCall, _ grid: StepGrid) throws -> [Column] {
        let columns = try vector(node.arguments[0], grid)
        let names = try node.arguments.dropFirst().map { try string($0, grid) }
        if grid.count > 1 || !isInstant {
            warnAboutSorting(node)
            return columns
        }
        let descends = node.function == .sortByLabelDesc
        return columns.sorted { left, right in
            for name in names {
                let order = NaturalOrder.compare(left.labels[name], right.labels[name])
                if order != 0 { return descends ? order > 0 : order < 0 }
            }
            return descends ? right.labels < left.labels : left.labels < right.labels
        }
    }
}

/// Go's `math.Max` and `math.Min`: the infinity asked for wins, then NaN.
enum GoMath {
    static func max(_ left: Double, _ right: Double) -> Double {
        if left == .infinity || right == .infinity { return .infinity }
        return left.isNaN || right.isNaN ? .nan : Swift.max(left, right)
    }

    static func min(_ left: Double, _ right: Double) -> Double {
        if left == -.infinity || right == -.infinity { return -.infinity }
        return left.isNaN || right.isNaN ? .nan : Swift.min(left, right)
    }
}

/// The order of `sort_by_label`: runs of digits compare as numbers, so `node9` comes before `node10`.
enum NaturalOrder {
    static func compare(_ left: String, _ right: String) -> Int {
        var first = Array(left.utf8)[...]
        var second = Array(right.utf8)[...]
        while let one = first.first, let other = second.first {
            if Lexer.isDigit(one), Lexer.isDigit(other) {
                let leftRun = takeDigits(&first)
                let rightRun = takeDigits(&second)
                if leftRun.count != rightRun.count { return leftRun.count - rightRun.count }
                for (digit, against) in zip(leftRun, rightRun) where digit != against {
                    return Int(digit) - Int(against)
                }
            } else {
                if one != other { return Int(one) - Int(other) }
                first.removeFirst()
                second.removeFirst()
            }
        }
        return first.count - second.count
    }

    /// Removes the digits at the front and returns them without leading zeros.
    private static func takeDigits(_ text: inout ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        let run = text.prefix(while: Lexer.isDigit)
        text = text.dropFirst(run.count)
        return run.drop { $0 == UInt8(ascii: "0") }
    }
}
