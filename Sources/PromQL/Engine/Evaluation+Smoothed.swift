import TimeSeries

extension Evaluation {
    /// An instant selector with `smoothed`: the value between the samples before and after each step, the last
    /// sample's where none follows within the lookback time; staleness markers are passed over.
    func smoothedSelector(_ node: VectorSelector, _ grid: StepGrid) throws -> [Column] {
        let offset = try millis(node.offset, positive: false)
        let fixed = fixedTime(node.at)
        let lookback = options.lookbackMillis
        let series = try select(
            node.matchers, from: (fixed ?? grid.start) - offset - lookback + 1,
            through: (fixed ?? grid.end) - offset + lookback)
        return try series.compactMap { one -> Column? in
            try checkCancelled()
            try hold(grid.count)
            let samples = RangeSeries(one)
            var column = Column(labels: one.labels, steps: grid.count)
            var numbers = 0..<0
            var histograms = 0..<0
            for step in 0..<grid.count {
                let time = (fixed ?? grid.time(step)) - offset
                numbers = HistogramWindows.advanced(numbers, samples.timestamps, time - lookback, time + lookback)
                histograms = HistogramWindows.advanced(
                    histograms, samples.histogramTimes, time - lookback, time + lookback)
                if histograms.isEmpty {
                    if let value = Evaluation.smoothed(samples, numbers, time) { column.values[step] = value }
                } else if !numbers.isEmpty {
                    remark(
                        .warning,
                        "encountered a mix of histograms and floats for metric name "
                            + Labels.quoted(one.labels.metricName), node.source)
                } else if let histogram = smoothed(samples, histograms, time, node.source) {
                    column.set(histogram, step)
                }
            }
            try hold(column.pointCount - column.values.count)
            return column.isEmpty ? nil : column
        }
    }

    private static func smoothed(_ series: RangeSeries, _ range: Range<Int>, _ time: Int64) -> Double? {
        let next = series.timestamps.firstPlace(in: range) { $0 >= time }
        if next < range.upperBound, series.timestamps[next] == time { return series.values[next] }
        if next == range.lowerBound { return nil }
        if next == range.upperBound { return series.values[next - 1] }
        return Interpolation.value(series, next - 1, at: time, isCounter: false)
    }

    private func smoothed(
        _ series: RangeSeries, _ range: Range<Int>, _ time: Int64, _ source: SourceRange
    ) -> FloatHistogram? {
        let next = series.histogramTimes.firstPlace(in: range) { $0 >= time }
        if next < range.upperBound, series.histogramTimes[next] == time { return series.histograms[next].value }
        if next == range.lowerBound { return nil }
        var before = series.histograms[next - 1].value
        if next == range.upperBound {
            // A hint tells of the samples before, not of the value.
            before.hint = .unknown
            return before
        }
        let after = series.histograms[next].value
        let warning = Evaluation.mixedSchemas(series.labels.metricName)
        do {
            if before.usesCustomBounds != after.usesCustomBounds { throw IncompatibleHistograms() }
            return try Interpolation.histogram(
                series, next - 1, at: time, isCounter: before.hint != .gauge || after.hint != .gauge
            ) { notes, operation in
                if notes.boundsWereReconciled {
                    remark(.info, "mismatched custom buckets were reconciled during \(operation)", source)
                }
            }
        } catch {
            remark(.warning, warning, source)
            return nil
        }
    }
}
