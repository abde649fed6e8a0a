import TimeSeries

extension Evaluation {
    /// A function of a range vector: one pass per series over all steps.
    func rangeFunction(_ node: FunctionCall, _ grid: StepGrid) throws -> [Column] {
        try columns(try rangeCall(node, grid))
    }

    /// Reads the series that the function is applied to.
    func rangeCall(_ node: FunctionCall, _ grid: StepGrid) throws -> RangeCall {
        let place = node.arguments.firstIndex { $0.type == .matrix } ?? 0
        let source = node.arguments[place]
        let parameters = try node.arguments.enumerated().filter { $0.offset != place }.map {
            try scalar($0.element, grid)
        }
        try checkBoundary(source, node.function)
        return RangeCall(
            node: node, source: source.source, argument: try rangeArgument(source, grid, for: node.function),
            parameters: parameters, grid: grid)
    }

    func columns(_ call: RangeCall) throws -> [Column] {
        if call.function == .absentOverTime { return try absentOverTime(call) }
        let columns = try collected { try visit(call, $0) }
        return call.dropsNames ? try withoutNames(columns, mergesLabels: false) : columns
    }

    /// Computes the function's columns one after another, with the metrics' names still on them.
    func visit(_ call: RangeCall, _ visitor: ColumnVisitor) throws {
        guard call.function == .rate || call.function == .increase else { return try windows(call, visitor) }
        var previous: String?
        try windows(call) { column, isDense in
            let name = column.labels.metricName
            let isKnown = !options.typeAndUnitLabels && previous.map { ByteOrder.equal($0, name) } == true
            if !isKnown, isDense || !column.values.allSatisfy(\.isStaleMarker) {
                previous = name
                remarkNonCounter(column.labels, call.source)
            }
            try visitor(&column, isDense)
        }
    }

    private func windows(_ call: RangeCall, _ visitor: ColumnVisitor) throws {
        let (node, argument, parameters) = (call.node, call.argument, call.parameters)
        switch node.function {
        case .rate, .increase, .delta:
            try slid(
                ExtrapolatedRateKernel(
                    isCounter: node.function != .delta, isRate: node.function == .rate,
                    rangeMillis: argument.rangeMillis, limitsToZeroFirst: options.compatibility == .prometheus2),
                call, visitor)
        case .irate, .idelta:
            try slid(InstantRateKernel(isRate: node.function == .irate), call, visitor)
        case .changes, .resets:
            try slid(NeighbourKernel(countsChanges: node.function == .changes), call, visitor)
        case .deriv: try slid(RegressionKernel(ahead: nil), call, visitor)
        case .predictLinear: try slid(RegressionKernel(ahead: parameters[0]), call, visitor)
        case .sumOverTime: try slid(SumKernel(isMean: false), call, visitor)
        case .avgOverTime:
            try slid(
                SumKernel(isMean: true, isIncremental: options.compatibility == .prometheus2), call, visitor)
        case .minOverTime: try slid(MinimumKernel(), call, visitor)
        case .maxOverTime: try slid(MaximumKernel(), call, visitor)
        case .tsOfMinOverTime, .tsOfMaxOverTime:
            try slid(ExtremeTimeKernel(isMaximum: node.function == .tsOfMaxOverTime), call, visitor)
        case .stddevOverTime: try slid(SpreadKernel(isDeviation: true), call, visitor)
        case .stdvarOverTime: try slid(SpreadKernel(isDeviation: false), call, visitor)
        case .quantileOverTime:
            warnAboutQuantiles(parameters[0], node.arguments[0].source)
            try slid(QuantileKernel(quantiles: parameters[0], overlaps: call.windowsOverlap), call, visitor)
        case .madOverTime: try slid(MedianDeviationKernel(overlaps: call.windowsOverlap), call, visitor)
        case .doubleExponentialSmoothing:
            try checkFactor(parameters[0], "smoothing", "sf")
            try checkFactor(parameters[1], "trend", "tf")
            try slid(SmoothingKernel(smoothing: parameters[0], trend: parameters[1]), call, visitor)
        default:
            guard let choice = PickKernel.Choice(node.function) else {
                throw EvaluationError.unsupported("function \(node.function.rawValue)")
            }
            try slid(PickKernel(choice: choice), call, visitor)
        }
    }

    private func checkFactor(_ values: [Double], _ name: String, _ symbol: String) throws {
        for value in values where value <= 0 || value >= 1 {
            throw EvaluationError.failed(
                "invalid \(name) factor. Expected: 0 < \(symbol) < 1, got: \(formatGoFloat(value))")
        }
    }

    private func slid<Kernel: WindowKernel>(_ kernel: Kernel, _ call: RangeCall, _ visitor: ColumnVisitor) throws {
        let steps = call.grid.count
        var column = Column(labels: .empty, steps: steps)
        for series in call.argument.series {
            try checkCancelled()
            try hold(steps)
            column.prepare(labels: series.labels, dropsName: series.dropsName, steps: steps)
            let present = try fill(&column, kernel, call, series)
            if present == steps || !column.isEmpty { try visitor(&column, present == steps) }
        }
    }

    /// Computes one series: by the kernel alone where it has plain numbers only.
    ///
    /// - Returns: the number of steps with a result, if it is known.
    private func fill<Kernel: WindowKernel>(
        _ column: inout Column, _ kernel: Kernel, _ call: RangeCall, _ series: RangeSeries
    ) throws -> Int? {
        let hasHistograms = !series.histogramTimes.isEmpty
        let hasStarts = !series.starts.isEmpty || !series.histogramStarts.isEmpty
        let isExtended = call.argument.boundary != nil
        if !hasHistograms, !hasStarts, !isExtended {
            return try kernel.slide(series, call.argument, call.grid, self, into: &column.values)
        }
        column.values = [Double](repeating: Column.absent, count: call.grid.count)
        if call.function == .changes || call.function == .resets {
            EventWindows(call: call, series: series).fill(&column)
            return nil
        }
        if isExtended {
            try ExtendedWindows(evaluation: self, call: call, series: series).fill(&column)
            return nil
        }
        if series.starts.isEmpty {
            _ = try kernel.slide(series, call.argument, call.grid, self, into: &column.values)
        } else {
            try StartTimestampWindows(evaluation: self, call: call, series: series).fill(&column)
        }
        if hasHistograms { try HistogramWindows(evaluation: self, call: call, series: series).correct(&column) }
        return nil
    }

    /// `anchored` and `smoothed` are for functions that know what to do with samples outside of the window.
    private func checkBoundary(_ source: Expression, _ function: PromQLFunction) throws {
        guard case .range(let range) = source.withoutParentheses, let boundary = range.selector.boundary else { return }
        var allowed: [PromQLFunction] = [.delta, .increase, .rate]
        if boundary == .anchored { allowed = [.changes] + allowed + [.resets] }
        if allowed.contains(function) { return }
        let names = allowed.map(\.rawValue).joined(separator: ", ")
        throw EvaluationError.failed(
            "\(boundary.rawValue) modifier can only be used with: \(names) - not with \(function.rawValue)")
    }

    private func absentOverTime(_ call: RangeCall) throws -> [Column] {
        var result = Column(
            labels: Evaluation.labelsOfAbsence(call.argument.matchers),
            values: [Double](repeating: 1, count: call.grid.count))
        try slid(PickKernel(choice: .present), call) { column, isDense in
            for step in column.values.indices where isDense || !column.values[step].isStaleMarker {
                result.values[step] = Column.absent
            }
        }
        return [result]
    }

    private func remarkNonCounterType(_ type: String, _ name: String, _ source: SourceRange) {
        if type == "counter" || type == "histogram" { return }
        remark(
            .info,
            "metric might not be a counter, __type__ label is not set to \"counter\" or \"histogram\", got "
                + "\(Labels.quoted(type)): \(Labels.quoted(name))", source)
    }

    private func remarkNonCounter(_ labels: Labels, _ source: SourceRange) {
        let name = labels.metricName
        if name.isEmpty { return }
        if options.typeAndUnitLabels { return remarkNonCounterType(labels["__type__"], name, source) }
        if ["_total", "_sum", "_count", "_bucket"].contains(where: name.hasSuffix) { return }
        remark(
            .info,
            "metric might not be a counter, name does not end in _total/_sum/_count/_bucket: " + Labels.quoted(name),
            source)
    }
}

/// A function of a range vector and what it is applied to.
struct RangeCall {
    let node: FunctionCall
    /// Where the range vector stands in the query.
    let source: SourceRange
    let argument: RangeArgument
    /// The other arguments, each with a value for every step.
    let parameters: [[Double]]
    let grid: StepGrid

    var function: PromQLFunction { node.function }
    var dropsNames: Bool { function != .lastOverTime && function != .firstOverTime }
    /// Whether a step's window shares samples with the one before.
    var windowsOverlap: Bool { grid.count > 1 && grid.step < argument.rangeMillis }
}

extension PickKernel.Choice {
    init?(_ function: PromQLFunction) {
        switch function {
        case .firstOverTime: self = .first
        case .lastOverTime: self = .last
        case .countOverTime: self = .count
        case .presentOverTime: self = .present
        case .tsOfFirstOverTime: self = .timeOfFirst
        case .tsOfLastOverTime: self = .timeOfLast
        default: return nil
        }
    }
}
