import TimeSeries

/// `rate`, `increase` and `irate` of a series whose numbers say when counting began.
///
/// A start between two samples is a reset, and one between the window's start and its first sample stands for a
/// sample of zero, so that nothing is extrapolated there.
struct StartTimestampWindows {
    let evaluation: Evaluation
    let call: RangeCall
    let series: RangeSeries

    private var argument: RangeArgument { call.argument }

    /// Computes the steps that have numbers.
    func fill(_ column: inout Column) throws {
        var range = 0..<0
        for step in 0..<call.grid.count {
            let end = argument.end(call.grid.time(step))
            let start = end - argument.rangeMillis
            range = HistogramWindows.advanced(
                range, series.timestamps, argument.isLeftOpen ? start : start - 1, end)
            if range.isEmpty { continue }
            try evaluation.spend(range.count)
            let value = call.function == .irate ? instantRate(range) : increase(range, start, end)
            if let value { column.values[step] = value }
        }
    }

    private func isReset(_ place: Int) -> Bool {
        series.values[place] < series.values[place - 1]
            || StartTimestamps.isReset(series.numberStart(place - 1), series.numberStart(place))
    }

    private func instantRate(_ range: Range<Int>) -> Double? {
        if range.count < 2 { return nil }
        let last = range.upperBound - 1
        let interval = Double(series.timestamps[last] - series.timestamps[last - 1]) / 1000
        let value = series.values[last]
        return (isReset(last) ? value : value - series.values[last - 1]) / interval
    }

    private func increase(_ range: Range<Int>, _ start: Int64, _ end: Int64) -> Double? {
        let first = range.lowerBound
        var difference = series.values[range.upperBound - 1] - series.values[first]
        for place in range.dropFirst() where isReset(place) { difference += series.values[place - 1] }
        if range.dropFirst().contains(where: {
            StartTimestamps.overlaps(series.numberStart($0 - 1), series.numberStart($0))
        }) {
            evaluation.remarkOverlap(series.labels.metricName, call.source)
        }
        var span = CounterSpan(times: series.timestamps, range: range, start: start, end: end)
        if span.begin(at: series.numberStart(first).start) {
            difference += series.values[first]
        } else if range.count < 2 {
            return nil
        } else if difference > 0, series.values[first] >= 0 {
            span.limitToZero(first: series.values[first], difference: difference)
        }
        let factor = span.factor
        return difference * (call.function == .rate ? factor / (Double(argument.rangeMillis) / 1000) : factor)
    }
}

/// The part of a window that a counter's samples cover, and how far it is extrapolated (Prometheus's
/// `extrapolatedRate`), in seconds.
struct CounterSpan {
    private let firstTime: Int64
    private let lastTime: Int64
    private let start: Int64
    private let average: Double
    private var sampled: Double
    private var toStart: Double
    private let toEnd: Double

    /// The samples of a range of places inside a window from `start` to `end`.
    init(times: [Int64], range: Range<Int>, start: Int64, end: Int64) {
        firstTime = times[range.lowerBound]
        lastTime = times[range.upperBound - 1]
        self.start = start
        sampled = Double(lastTime - firstTime) / 1000
        average = range.count > 1 ? sampled / Double(range.count - 1) : 0
        let threshold = average * 1.1
        let toStart = Double(firstTime - start) / 1000
        let toEnd = Double(end - lastTime) / 1000
        self.toStart = toStart >= threshold ? average / 2 : toStart
        self.toEnd = toEnd >= threshold ? average / 2 : toEnd
    }

    /// Lets the span begin at the time when counting began, if that lies inside the window before the first sample.
    ///
    /// - Returns: whether it does.
    mutating func begin(at began: Int64) -> Bool {
        guard began != 0, began > start, began < firstTime else { return false }
        sampled = Double(lastTime - began) / 1000
        toStart = 0
        return true
    }

    /// A counter can't have been below zero before its first sample.
    mutating func limitToZero(first: Double, difference: Double) {
        toStart = min(toStart, sampled * (first / difference))
    }

    /// What the difference between the samples is multiplied by.
    var factor: Double { sampled == 0 ? 1 : (sampled + toStart + toEnd) / sampled }
}

extension Evaluation {
    func remarkOverlap(_ name: String, _ source: SourceRange) {
        remark(
            .warning,
            "sample has start time that overlaps with previous sample timestamp for metric \(Labels.quoted(name))",
            source)
    }
}
