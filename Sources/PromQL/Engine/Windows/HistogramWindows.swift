import TimeSeries

/// The steps of a range function at which the window of a series has native histograms.
///
/// The kernels have computed every window's numbers as if there were no histograms; this corrects their results.
struct HistogramWindows {
    let evaluation: Evaluation
    let call: RangeCall
    let series: RangeSeries

    var function: PromQLFunction { call.function }
    var argument: RangeArgument { call.argument }
    private var grid: StepGrid { call.grid }
    private var source: SourceRange { call.source }

    /// What a histogram counts as work, compared with a number.
    static let workPerHistogram = 32

    /// One step's window: places of numbers and of histograms.
    struct Places {
        var numbers = 0..<0
        var histograms = 0..<0
        /// The window's borders in milliseconds.
        var start: Int64 = 0
        var end: Int64 = 0
    }

    /// Puts the results of windows with histograms into a column.
    func correct(_ column: inout Column) throws {
        let needsResets = function == .rate || function == .increase || function == .irate
        let resets = needsResets ? foundResets : []
        let closedShift: Int64 = argument.isLeftOpen ? 0 : 1
        var places = Places()
        for step in 0..<grid.count {
            places.end = argument.end(grid.time(step))
            places.start = places.end - argument.rangeMillis
            let border = places.start - closedShift
            places.numbers = HistogramWindows.advanced(places.numbers, series.timestamps, border, places.end)
            places.histograms = HistogramWindows.advanced(
                places.histograms, series.histogramTimes, border, places.end)
            if places.histograms.isEmpty { continue }
            try evaluation.spend(places.histograms.count * HistogramWindows.workPerHistogram)
            try correct(&column, step, places, resets)
        }
        try evaluation.hold(column.pointCount - column.values.count)
    }

    static func advanced(
        _ range: Range<Int>, _ times: [Int64], _ border: Int64, _ end: Int64
    ) -> Range<Int> {
        var (low, high) = (range.lowerBound, range.upperBound)
        while high < times.count, times[high] <= end { high += 1 }
        while low < high, times[low] <= border { low += 1 }
        return low..<high
    }

    private func correct(_ column: inout Column, _ step: Int, _ places: Places, _ resets: [Bool]) throws {
        let (numbers, histograms) = (places.numbers, places.histograms)
        switch function {
        case .rate, .increase, .delta, .sumOverTime, .avgOverTime:
            if !numbers.isEmpty {
                remarkMix()
                column.clear(step)
            } else if let result = try function == .sumOverTime || function == .avgOverTime
                ? sum(histograms) : rate(places, resets)
            {
                column.set(result, step)
            }
        case .irate, .idelta: instantRate(&column, step, places, resets)
        case .countOverTime: column.values[step] = Double(numbers.count + histograms.count)
        case .presentOverTime, .absentOverTime: column.values[step] = 1
        case .tsOfFirstOverTime, .tsOfLastOverTime:
            let isLast = function == .tsOfLastOverTime
            let time = times(numbers, histograms).map { isLast ? $0.last : $0.first }
            let found = isLast ? time.compactMap { $0 }.max() : time.compactMap { $0 }.min()
            if let found { column.values[step] = Double(found) / 1000 }
        case .firstOverTime:
            let first = histograms.lowerBound
            if numbers.isEmpty || series.histogramTimes[first] <= series.timestamps[numbers.lowerBound] {
                column.set(series.histograms[first], step)
            }
        case .lastOverTime:
            let last = histograms.upperBound - 1
            if numbers.isEmpty || series.histogramTimes[last] > series.timestamps[numbers.upperBound - 1] {
                column.set(series.histograms[last], step)
            }
        default:
            if !numbers.isEmpty {
                evaluation.remark(
                    .info,
                    "ignored histograms in a range containing both floats and histograms for metric name "
                        + Labels.quoted(name), source)
            }
        }
    }

    private func times(_ numbers: Range<Int>, _ histograms: Range<Int>) -> [ArraySlice<Int64>] {
        [series.timestamps[numbers], series.histogramTimes[histograms]]
    }

    // MARK: Remarks

    var name: String { series.labels.metricName }

    func warn(_ message: String) { evaluation.remark(.warning, message, source) }
    func remarkMix() {
        warn("encountered a mix of histograms and floats for metric name \(Labels.quoted(name))")
    }
    func remarkNoCounter() { warn("this native histogram metric is not a counter: \(Labels.quoted(name))") }
    func remarkNoGauge() { warn("this native histogram metric is not a gauge: \(Labels.quoted(name))") }
    func remarkReconciled(_ notes: FloatHistogram.CombinationNotes, _ operation: String) {
        if notes.boundsWereReconciled {
            evaluation.remark(.info, "mismatched custom buckets were reconciled during \(operation)", source)
        }
    }

    // MARK: Sums

    private func sum(_ places: Range<Int>) throws -> FloatHistogram? {
        var mean = HistogramMean(
            series.histograms[places.lowerBound].value, isMean: function == .avgOverTime,
            evaluation.options.compatibility)
        defer { evaluation.remarkSum(mean, source) }
        do {
            for place in places.dropFirst() { try mean.add(series.histograms[place].value) }
        } catch {
            warn(Evaluation.mixedSchemas(name))
            return nil
        }
        return mean.result
    }
}
