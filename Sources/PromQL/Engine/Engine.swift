import TimeSeries

/// Evaluates expressions over a source of series.
public struct Engine: Sendable {
    /// Where samples come from.
    public let source: any SeriesSource
    /// Rules and bounds.
    public let options: EngineOptions

    /// An engine; making one costs nothing.
    public init(source: any SeriesSource, options: EngineOptions = EngineOptions()) {
        self.source = source
        self.options = options
    }

    /// Evaluates at one time.
    ///
    /// - Throws: ``EvaluationError``, or what the source throws.
    public func instant(_ expression: Expression, at millis: Int64) throws -> QueryResult {
        try instant(expression, at: millis, parts: nil)
    }

    /// Evaluates at one time.
    ///
    /// - Parameter parts: what is known of the expression already.
    package func instant(_ expression: Expression, at millis: Int64, parts: StepParts?) throws -> QueryResult {
        let grid = StepGrid(start: StepGrid.clamped(millis), step: 1, count: 1)
        let evaluation = Evaluation(source: source, options: options, query: grid)
        evaluation.stepParts = parts
        let value: QueryValue
        if expression.type == .matrix {
            value = .matrix(try window(expression, evaluation, grid))
        } else {
            switch try evaluation.evaluate(expression, grid) {
            case .scalar(let values): value = .scalar(grid.start, values[0])
            case .string(let text): value = .string(grid.start, text)
            case .vector(let columns):
                value = .vector(
                    try evaluation.finished(columns).compactMap { column in
                        if !column.isPresent(0) { return nil }
                        return VectorSample(
                            labels: column.labels, timestampMillis: grid.start,
                            value: column.histogram(0) == nil ? column.values[0] : 0, histogram: column.histogram(0))
                    })
            }
        }
        return QueryResult(
            value: value, annotations: evaluation.annotations.list, statistics: evaluation.statistics)
    }

    /// The samples of a range vector at one time.
    private func window(
        _ expression: Expression, _ evaluation: Evaluation, _ grid: StepGrid
    ) throws -> [Series] {
        let argument = try evaluation.rangeArgument(expression, grid)
        let end = argument.end(grid.start)
        let start = end - argument.rangeMillis + (argument.isLeftOpen ? 1 : 0)
        let series = try argument.series.compactMap { one -> Series? in
            let labels = one.dropsName ? one.labels.dropping(Evaluation.schemaLabels) : one.labels
            if let boundary = argument.boundary {
                return try one.extended(boundary, labels, from: end - argument.rangeMillis, through: end)
            }
            return one.series(labels, in: start...end)
        }
        return series.sorted { $0.labels < $1.labels }
    }

    /// Evaluates at every step from `from` through `through`; the value is always a matrix, sorted by labels.
    ///
    /// - Parameter sharing: parts that occur in other expressions too, which are evaluated over the same steps; nil to
    ///   look for parts that occur several times in this one.
    /// - Throws: ``EvaluationError``, or what the source throws.
    public func range(
        _ expression: Expression, from: Int64, through: Int64, step: Int64, sharing: SharedParts? = nil
    ) throws -> QueryResult {
        guard expression.type == .scalar || expression.type == .vector else {
            throw EvaluationError.failed(
                "invalid expression type \(Labels.quoted(expression.type.rawValue)) for range query, must be Scalar "
                    + "or instant Vector")
        }
        let (start, end) = (StepGrid.clamped(from), StepGrid.clamped(through))
        if step <= 0 { throw EvaluationError.failed("zero or negative query resolution step widths are not accepted") }
        if end < start { throw EvaluationError.failed("end timestamp must not be before start time") }
        let count = (end - start) / step + 1
        guard count <= Int64(options.maxSteps) else { throw EvaluationError.tooManySteps(limit: options.maxSteps) }
        let grid = StepGrid(start: start, step: step, count: Int(count))
        let evaluation = Evaluation(source: source, options: options, query: grid, end: end)
        evaluation.sharedParts = sharing ?? SharedParts([expression])
        var series: [Series]
        switch try evaluation.evaluate(expression, grid) {
        case .string: series = []
        case .scalar(let values):
            series = [Series(labels: .empty, timestamps: (0..<grid.count).map(grid.time), values: values)]
        case .vector(let columns):
            let times = (0..<grid.count).map(grid.time)
            series = try evaluation.finished(columns).compactMap { Engine.series($0, grid, times) }
            if let places = LabelOrder.places(of: series.map(\.labels)) { series = places.map { series[$0] } }
        }
        return QueryResult(
            value: .matrix(series), annotations: evaluation.annotations.list, statistics: evaluation.statistics)
    }

    /// - Parameter times: of all steps; series without gaps share them.
    private static func series(_ column: Column, _ grid: StepGrid, _ times: [Int64]) -> Series? {
        if column.hasHistograms { return mixedSeries(column, grid) }
        if !column.values.contains(where: \.isStaleMarker) {
            return Series(labels: column.labels, timestamps: times, values: column.values)
        }
        var timestamps: [Int64] = []
        var values: [Double] = []
        for step in 0..<grid.count where !column.values[step].isStaleMarker {
            timestamps.append(grid.time(step))
            values.append(column.values[step])
        }
        return values.isEmpty ? nil : Series(labels: column.labels, timestamps: timestamps, values: values)
    }

    private static func mixedSeries(_ column: Column, _ grid: StepGrid) -> Series? {
        var series = Series(labels: column.labels)
        for step in 0..<grid.count {
            if let histogram = column.shared(step) {
                series.append(histogram, at: grid.time(step))
            } else if !column.values[step].isStaleMarker {
                series.append(column.values[step], at: grid.time(step))
            }
        }
        return series.values.isEmpty ? nil : series
    }
}
