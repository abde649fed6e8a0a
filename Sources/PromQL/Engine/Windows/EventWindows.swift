import TimeSeries

/// `changes` and `resets` of a series that a kernel of numbers can't do: with native histograms, start timestamps or
/// `anchored`.
///
/// Numbers and histograms are taken in the order of time; a change of kind counts as change and as reset.
struct EventWindows {
    let call: RangeCall
    let series: RangeSeries

    private var times: [Int64] = []
    /// Events up to each sample.
    private var events: [Int] = []

    init(call: RangeCall, series: RangeSeries) {
        self.call = call
        self.series = series
        countEvents()
    }

    /// Computes all steps.
    func fill(_ column: inout Column) {
        let argument = call.argument
        var range = 0..<0
        for step in 0..<call.grid.count {
            let end = argument.end(call.grid.time(step))
            let start = end - argument.rangeMillis
            let border = start - argument.lookbackMillis - (argument.isLeftOpen ? 0 : 1)
            range = HistogramWindows.advanced(range, times, border, end)
            guard let last = range.last else { continue }
            var first = range.lowerBound
            if argument.boundary != nil {
                if times[last] <= start { continue }
                first = max(first, times.firstPlace(in: range) { $0 > start } - 1)
            }
            column.values[step] = Double(events[last] - events[first])
        }
    }

    private mutating func countEvents() {
        var (number, histogram) = (0, 0)
        var previous: (operand: HistogramOperation.Operand, start: StartTimestamps.Sample)?
        while number < series.timestamps.count || histogram < series.histogramTimes.count {
            let takesNumber =
                histogram == series.histogramTimes.count
                || (number < series.timestamps.count && series.timestamps[number] < series.histogramTimes[histogram])
            let operand: HistogramOperation.Operand =
                takesNumber ? .number(series.values[number]) : .histogram(series.histograms[histogram].value)
            let start = takesNumber ? series.numberStart(number) : series.histogramStart(histogram)
            var isEvent = false
            if let previous {
                isEvent =
                    self.isEvent(previous.operand, operand)
                    || (call.function == .resets && StartTimestamps.isReset(previous.start, start))
            }
            times.append(start.time)
            events.append((events.last ?? 0) + (isEvent ? 1 : 0))
            previous = (operand, start)
            if takesNumber { number += 1 } else { histogram += 1 }
        }
    }

    private func isEvent(_ previous: HistogramOperation.Operand, _ current: HistogramOperation.Operand) -> Bool {
        switch (previous, current) {
        case (.number(let before), .number(let now)):
            if call.function == .resets { return now < before }
            return now != before && !(now.isNaN && before.isNaN)
        case (.histogram(let before), .histogram(let now)):
            return call.function == .resets ? now.wasReset(since: before) : now != before
        default: return true
        }
    }
}

extension [Int64] {
    /// The first place in a range of this ascending column for which the condition holds, else the range's end.
    func firstPlace(in range: Range<Int>, where condition: (Int64) -> Bool) -> Int {
        var low = range.lowerBound
        var high = range.upperBound
        while low < high {
            let middle = low + (high - low) / 2
            if condition(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
