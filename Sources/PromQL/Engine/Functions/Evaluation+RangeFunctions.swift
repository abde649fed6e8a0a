import TimeSeries

extension Evaluation {
    /// A function of a range vector: one pass per series over all steps.
    func rangeFunction(_ node: FunctionCall, _ grid: StepGrid) throws -> [Column] {
        let place = node.arguments.firstIndex { $0.type == .matrix } ?? 0
        let source = node.arguments[place]
        let parameters = try node.arguments.enumerated().filter { $0.offset != place }.map {
            try scalar($0.element, grid)
        }
        try checkBoundary(source, node.function)
        let argument = try rangeArgument(source, grid, for: node.function)
        if node.function == .absentOverTime { return try absentOverTime(argument, grid, source.source) }
        let columns = try windows(node, argument, parameters, grid)
        if node.function == .rate || node.function == .increase { remarkNonCounters(columns, source.source) }
        if node.function == .lastOverTime || node.function == .firstOverTime { return columns }
        return try withoutNames(columns, mergesLabels: false)
    }

    private func windows(
        _ node: FunctionCall, _ argument: RangeArgument, _ parameters: [[Double]], _ grid: StepGrid
    ) throws -> [Column] {
        let place = node.arguments.firstIndex { $0.type == .matrix } ?? 0
        let call = RangeCall(
            function: node.function, source: node.arguments[place].source, argument: argument, grid: grid)
        switch node.function {
        case .rate, .increase, .delta:
            return try slid(
                ExtrapolatedRateKernel(
                    isCounter: node.function != .delta, isRate: node.function == .rate,
                    rangeMillis: argument.rangeMillis, limitsToZeroFirst: options.compatibility == .prometheus2), call)
        case .irate, .idelta:
            return try slid(InstantRateKernel(isRate: node.function == .irate), call)
        case .changes, .resets:
            return try slid(NeighbourKernel(countsChanges: node.function == .changes), call)
        case .deriv: return try slid(RegressionKernel(ahead: nil), call)
        case .predictLinear: return try slid(RegressionKernel(ahead: parameters[0]), call)
        case .sumOverTime: return try slid(SumKernel(isMean: false), call)
        case .avgOverTime:
            return try slid(
                SumKernel(isMean: true, isIncremental: options.compatibility == .prometheus2), call)
        case .minOverTime, .maxOverTime:
            return try slid(ExtremeKernel(isMaximum: node.function == .maxOverTime), call)
        case .tsOfMinOverTime, .tsOfMaxOverTime:
            return try slid(
                ExtremeKernel(isMaximum: node.function == .tsOfMaxOverTime, takesTime: true), call)
        case .stddevOverTime: return try slid(SpreadKernel(isDeviation: true), call)
        case .stdvarOverTime: return try slid(SpreadKernel(isDeviation: false), call)
        case .quantileOverTime:
            warnAboutQuantiles(parameters[0], node.arguments[0].source)
            return try slid(QuantileKernel(quantiles: parameters[0]), call)
        case .madOverTime: return try slid(QuantileKernel(quantiles: nil), call)
        case .doubleExponentialSmoothing:
            try checkFactor(parameters[0], "smoothing", "sf")
            try checkFactor(parameters[1], "trend", "tf")
            return try slid(SmoothingKernel(smoothing: parameters[0], trend: parameters[1]), call)
        default:
            guard let choice = PickKernel.Choice(node.function) else {
                throw EvaluationError.unsupported("function \(node.function.rawValue)")
            }
            return try slid(PickKernel(choice: choice), call)
        }
    }

    private func checkFactor(_ values: [Double], _ name: String, _ symbol: String) throws {
        for value in values where value <= 0 || value >= 1 {
            throw EvaluationError.failed(
                "invalid \(name) factor. Expected: 0 < \(symbol) < 1, got: \(formatGoFloat(value))")
        }
    }

    private func slid<Kernel: WindowKernel>(_ kernel: Kernel, _ call: RangeCall) throws -> [Column] {
        let (argument, grid) = (call.argument, call.grid)
        var columns: [Column] = []
        columns.reserveCapacity(argument.series.count)
        for series in argument.series {
            try checkCancelled()
            try hold(grid.count)
            var column = Column(labels: series.labels, dropsName: series.dropsName, steps: grid.count)
            try fill(&column, kernel, call, series)
            if !column.isEmpty { columns.append(column) }
        }
        return columns
    }

    /// Computes one series: by the kernel alone where it has plain numbers only.
    private func fill<Kernel: WindowKernel>(
        _ column: inout Column, _ kernel: Kernel, _ call: RangeCall, _ series: RangeSeries
    ) throws {
        let hasHistograms = !series.histogramTimes.isEmpty
        let hasStarts = !series.starts.isEmpty || !series.histogramStarts.isEmpty
        let isExtended = call.argument.boundary != nil
        if call.function == .changes || call.function == .resets, hasHistograms || hasStarts || isExtended {
            EventWindows(call: call, series: series).fill(&column)
            return
        }
        if isExtended {
            try ExtendedWindows(evaluation: self, call: call, series: series).fill(&column)
            return
        }
        if series.starts.isEmpty {
            kernel.slide(series, call.argument, call.grid, into: &column.values)
        } else {
            StartTimestampWindows(evaluation: self, call: call, series: series).fill(&column)
        }
        if hasHistograms { try HistogramWindows(evaluation: self, call: call, series: series).correct(&column) }
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

    private func absentOverTime(
        _ argument: RangeArgument, _ grid: StepGrid, _ source: SourceRange
    ) throws -> [Column] {
        var result = Column(
            labels: Evaluation.labelsOfAbsence(argument.matchers),
            values: [Double](repeating: 1, count: grid.count))
        let call = RangeCall(function: .presentOverTime, source: source, argument: argument, grid: grid)
        for column in try slid(PickKernel(choice: .present), call) {
            for step in 0..<grid.count where !column.values[step].isStaleMarker {
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

    private func remarkNonCounters(_ columns: [Column], _ source: SourceRange) {
        for column in columns where !column.values.allSatisfy(\.isStaleMarker) {
            let name = column.labels.metricName
            if name.isEmpty { continue }
            if options.typeAndUnitLabels {
                remarkNonCounterType(column.labels["__type__"], name, source)
                continue
            }
            if ["_total", "_sum", "_count", "_bucket"].contains(where: name.hasSuffix) { continue }
            remark(
                .info,
                "metric might not be a counter, name does not end in _total/_sum/_count/_bucket: "
                    + Labels.quoted(name), source)
        }
    }
}

/// A function of a range vector and what it is applied to.
struct RangeCall {
    let function: PromQLFunction
    /// Where the range vector stands in the query.
    let source: SourceRange
    let argument: RangeArgument
    let grid: StepGrid
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
