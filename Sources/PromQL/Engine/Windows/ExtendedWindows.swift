import TimeSeries

/// `rate`, `increase` and `delta` over an `anchored` or `smoothed` selector.
///
/// An anchored window begins with the last sample at or before its start and isn't extrapolated; a smoothed one has
/// values interpolated between the samples around both of its borders (Prometheus's `extendedRate`).
struct ExtendedWindows {
    let evaluation: Evaluation
    let call: RangeCall
    let series: RangeSeries
    let remarks: HistogramWindows

    init(evaluation: Evaluation, call: RangeCall, series: RangeSeries) {
        self.evaluation = evaluation
        self.call = call
        self.series = series
        remarks = HistogramWindows(evaluation: evaluation, call: call, series: series)
    }

    var isCounter: Bool { call.function != .delta }
    var isSmoothed: Bool { call.argument.boundary == .smoothed }

    /// Computes all steps.
    func fill(_ column: inout Column) throws {
        let argument = call.argument
        let seconds = call.function == .rate ? Double(argument.rangeMillis) / 1000 : nil
        var numbers = 0..<0
        var histograms = 0..<0
        for step in 0..<call.grid.count {
            let end = argument.end(call.grid.time(step))
            let border = end - argument.rangeMillis - argument.lookbackMillis
            let horizon = isSmoothed ? end + argument.lookbackMillis : end
            numbers = HistogramWindows.advanced(numbers, series.timestamps, border, horizon)
            histograms = HistogramWindows.advanced(histograms, series.histogramTimes, border, horizon)
            try evaluation.spend(numbers.count + histograms.count * HistogramWindows.workPerHistogram)
            if histograms.isEmpty {
                guard let extent = extent(series.timestamps, numbers, end) else { continue }
                let difference = increase(extent)
                column.values[step] = seconds.map { difference / $0 } ?? difference
            } else if numbers.isEmpty {
                guard let extent = extent(series.histogramTimes, histograms, end),
                    var result = histogramIncrease(extent)
                else { continue }
                if let seconds { result.divide(by: seconds) }
                result.hint = .gauge
                result.compact()
                column.set(result, step)
            } else {
                remarks.remarkMix()
            }
        }
        try evaluation.hold(column.pointCount - column.values.count)
    }

    private func extent(_ times: [Int64], _ range: Range<Int>, _ end: Int64) -> ExtendedExtent? {
        let extent = ExtendedExtent(
            times: times, range: range, start: end - call.argument.rangeMillis, end: end, isSmoothed: isSmoothed)
        if isSmoothed, let extent, times[extent.first] > end { return nil }
        return extent
    }

    // MARK: Numbers

    private func increase(_ extent: ExtendedExtent) -> Double {
        let times = series.timestamps
        let left = extent.left(series, isCounter: isCounter)
        let right = extent.right(series, isCounter: isCounter)
        if !isCounter { return right - left }
        // The borders' values know of resets between the samples around them.
        var correction = 0.0
        var previous = left
        for place in extent.inner(times) {
            if series.values[place] < previous { correction += previous }
            previous = series.values[place]
        }
        if right < previous { correction += previous }
        return right - left + correction
    }
}
