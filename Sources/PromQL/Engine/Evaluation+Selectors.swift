import TimeSeries

extension Evaluation {
    /// Milliseconds of a duration for this query.
    func millis(_ duration: DurationExpression, positive: Bool) throws -> Int64 {
        let range = Double(queryEnd - query.start) / 1000
        let step = isInstant ? 0 : Double(query.step) / 1000
        let seconds = duration.seconds(step: step, range: range)
        guard seconds.isFinite, abs(seconds) <= 1e10 else { throw EvaluationError.failed("duration out of range") }
        let millis = Int64((seconds * 1000).rounded())
        if positive, millis <= 0 {
            throw EvaluationError.failed("duration must be greater than 0")
        }
        return millis
    }

    func fixedTime(_ at: AtModifier?) -> Int64? {
        switch at {
        case .timestamp(let millis)?: StepGrid.clamped(millis)
        case .start?: query.start
        case .end?: queryEnd
        case nil: nil
        }
    }

    /// Reads series and counts them against the limits.
    func select(_ matchers: [LabelMatcher], from: Int64, through: Int64) throws -> [Series] {
        let series = try source.select(matchers, from: from, through: through)
        statistics.selectedSeries += series.count
        if statistics.selectedSeries > options.maxSeries {
            throw EvaluationError.tooManySeries(limit: options.maxSeries)
        }
        statistics.selectedSamples += series.reduce(0) { $0 + $1.count }
        try hold(series.reduce(0) { $0 + $1.sampleUnits })
        return histogramUse == .totals ? series.map(HistogramUse.withFoundHints) : series
    }

    private var isLeftOpen: Bool { options.compatibility == .prometheus3 }

    /// The newest sample of each step's lookback window, unless it is stale.
    func instantSelector(_ node: VectorSelector, _ grid: StepGrid) throws -> [Column] {
        if node.boundary == .smoothed { return try smoothedSelector(node, grid) }
        return try sampled(node, grid, keepsHistograms: true) { _, value in value }
    }

    /// As `instantSelector`, with the samples' own times in seconds as values.
    func sampleTimes(_ node: VectorSelector, _ grid: StepGrid) throws -> [Column] {
        try sampled(node, grid, keepsHistograms: false) { time, _ in Double(time) / 1000 }
    }

    @inline(__always)
    private func sampled(
        _ node: VectorSelector, _ grid: StepGrid, keepsHistograms: Bool, _ take: (Int64, Double) -> Double
    ) throws -> [Column] {
        let offset = try millis(node.offset, positive: false)
        let fixed = fixedTime(node.at)
        let first = (fixed ?? grid.start) - offset
        let last = (fixed ?? grid.end) - offset
        let oldest = isLeftOpen ? options.lookbackMillis - 1 : options.lookbackMillis
        let series = try select(node.matchers, from: first - oldest, through: last)
        var columns: [Column] = []
        columns.reserveCapacity(series.count)
        for one in series {
            try hold(grid.count)
            var column = Column(labels: one.labels, steps: grid.count)
            var next = 0
            for step in 0..<grid.count {
                let time = (fixed ?? grid.time(step)) - offset
                while next < one.timestamps.count, one.timestamps[next] <= time { next += 1 }
                if next > 0, one.timestamps[next - 1] >= time - oldest, !one.values[next - 1].isStaleMarker {
                    column.values[step] = take(one.timestamps[next - 1], one.values[next - 1])
                }
            }
            if keepsHistograms, one.histograms != nil {
                try moveHistograms(one, &column, grid) { time in
                    (fixed ?? time) - offset
                }
            }
            columns.append(column)
        }
        return columns.filter { !$0.isEmpty }
    }

    /// Puts histograms where the column has their markers.
    private func moveHistograms(
        _ series: Series, _ column: inout Column, _ grid: StepGrid, _ lookback: (Int64) -> Int64
    ) throws {
        guard let histograms = series.histograms else { return }
        var next = 0
        var held = 0
        for step in 0..<grid.count where column.values[step].isHistogramMarker {
            let time = lookback(grid.time(step))
            while next < histograms.places.count, series.timestamps[histograms.places[next]] <= time { next += 1 }
            // The marker says that the newest sample at this time is a histogram.
            if next > 0 {
                column.set(histograms.samples[next - 1], step)
                held += histograms.samples[next - 1].value.sampleUnits
            } else {
                column.values[step] = Column.absent
            }
        }
        try hold(held)
    }

    /// The argument of a range function: series with all samples that any step's window may need.
    ///
    /// - Parameter function: what it is the argument of.
    func rangeArgument(
        _ expression: Expression, _ grid: StepGrid, for function: PromQLFunction? = nil
    ) throws -> RangeArgument {
        switch expression.withoutParentheses {
        case .range(let node): return try rangeSelector(node, grid, function)
        case .subquery(let node): return try subquery(node, grid)
        default: throw EvaluationError.failed("expected a range vector")
        }
    }

    private func rangeSelector(
        _ node: RangeSelector, _ grid: StepGrid, _ function: PromQLFunction?
    ) throws -> RangeArgument {
        let offset = try millis(node.selector.offset, positive: false)
        let range = try millis(node.range, positive: true)
        let fixed = fixedTime(node.selector.at)
        let boundary = node.selector.boundary
        let isLeftOpen = isLeftOpen || boundary != nil
        let lookback = boundary == nil ? 0 : options.lookbackMillis
        let first = (fixed ?? grid.start) - offset - range - lookback + (isLeftOpen ? 1 : 0)
        let last = (fixed ?? grid.end) - offset + (boundary == .smoothed ? lookback : 0)
        let series = try select(node.selector.matchers, from: first, through: last)
        let withStarts = options.useStartTimestamps && function?.heedsStartTimestamps == true
        return RangeArgument(
            series: series.map { RangeSeries($0, withStarts: withStarts) }.filter { !$0.isEmpty },
            rangeMillis: range, offsetMillis: offset, fixedMillis: fixed, isLeftOpen: isLeftOpen,
            matchers: node.selector.matchers, boundary: boundary, lookbackMillis: lookback)
    }

    /// Evaluates the inner expression at the multiples of the step inside all windows.
    private func subquery(_ node: Subquery, _ grid: StepGrid) throws -> RangeArgument {
        let offset = try millis(node.offset, positive: false)
        let range = try millis(node.range, positive: true)
        let step = try node.step.map { try millis($0, positive: true) } ?? options.defaultSubqueryStepMillis
        let fixed = fixedTime(node.at)
        let border = (fixed ?? grid.start) - offset - range
        let last = (fixed ?? grid.end) - offset
        var start = Evaluation.floored(border, step)
        if start < border || (isLeftOpen && start == border) { start += step }
        var argument = RangeArgument(
            series: [], rangeMillis: range, offsetMillis: offset, fixedMillis: fixed, isLeftOpen: isLeftOpen,
            matchers: [])
        if start > last { return argument }
        let count = (last - start) / step + 1
        guard count <= Int64(options.maxSteps) else { throw EvaluationError.tooManySteps(limit: options.maxSteps) }
        let inner = StepGrid(start: start, step: step, count: Int(count))
        let columns = try using(.buckets) { try vector(node.inner, inner) }
        argument.series = columns.compactMap { RangeSeries($0, inner) }
        return argument
    }

    private static func floored(_ time: Int64, _ step: Int64) -> Int64 {
        let rest = time % step
        return time - (rest < 0 ? rest + step : rest)
    }
}
