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
        try spans(matchers, from: from, through: through).map(\.series)
    }

    /// As `select`, without copying samples.
    func spans(_ matchers: [LabelMatcher], from: Int64, through: Int64) throws -> [SeriesSpan] {
        let spans = try source.spans(matchers, from: from, through: through)
        statistics.selectedSeries += spans.count
        if statistics.selectedSeries > options.maxSeries {
            throw EvaluationError.tooManySeries(limit: options.maxSeries)
        }
        statistics.selectedSamples += spans.reduce(0) { $0 + $1.count }
        try hold(spans.reduce(0) { $0 + $1.sampleUnits })
        if histogramUse != .totals { return spans }
        return spans.map { $0.isPlain ? $0 : SeriesSpan(HistogramUse.withFoundHints($0.series)) }
    }

    private var isLeftOpen: Bool { options.compatibility == .prometheus3 }

    /// The newest sample of each step's lookback window, unless it is stale.
    func instantSelector(_ node: VectorSelector, _ grid: StepGrid) throws -> [Column] {
        if node.boundary == .smoothed { return try smoothedSelector(node, grid) }
        return try collected { try visit(InstantCall(self, node, grid), $0) }
    }

    /// As `instantSelector`, with the samples' own times in seconds as values.
    func sampleTimes(_ node: VectorSelector, _ grid: StepGrid) throws -> [Column] {
        let call = try InstantCall(self, node, grid)
        return try call.spans.compactMap { span in
            try hold(grid.count)
            var column = Column(labels: span.labels, steps: grid.count)
            let present = call.window.fill(&column.values, from: span) { time, _ in Double(time) / 1000 }
            return present == 0 ? nil : column
        }
    }

    /// Computes the columns of a selector one after another.
    func visit(_ call: InstantCall, _ visitor: ColumnVisitor) throws {
        let steps = call.window.grid.count
        var column = Column(labels: .empty, steps: steps)
        for span in call.spans {
            try hold(steps)
            column.prepare(labels: span.labels, steps: steps)
            let present = call.window.fill(&column.values, from: span) { _, value in value }
            if present == 0 { continue }
            if span.whole.histograms != nil { try moveHistograms(span.series, &column, call.window) }
            try visitor(&column, present == steps)
        }
    }

    /// Puts histograms where the column has their markers.
    private func moveHistograms(_ series: Series, _ column: inout Column, _ window: InstantWindow) throws {
        guard let histograms = series.histograms else { return }
        var next = 0
        var held = 0
        for step in 0..<window.grid.count where column.values[step].isHistogramMarker {
            let time = (window.fixedMillis ?? window.grid.time(step)) - window.offsetMillis
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
        let spans = try spans(node.selector.matchers, from: first, through: last)
        let withStarts = options.useStartTimestamps && function?.heedsStartTimestamps == true
        let series = spans.map { span in
            boundary == nil && (span.isPlain || !withStarts)
                ? RangeSeries.of(span) : RangeSeries(span.series, withStarts: withStarts)
        }
        return RangeArgument(
            series: series.filter { !$0.isEmpty },
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
