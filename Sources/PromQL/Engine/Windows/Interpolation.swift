import TimeSeries

/// Values between two samples.
enum Interpolation {
    static func value(_ series: RangeSeries, _ place: Int, at time: Int64, isCounter: Bool) -> Double {
        let before = isCounter && series.values[place + 1] < series.values[place] ? 0 : series.values[place]
        return before + (series.values[place + 1] - before)
            * Double(time - series.timestamps[place])
            / Double(series.timestamps[place + 1] - series.timestamps[place])
    }

    /// As ``value(_:_:at:isCounter:)``, of histograms.
    ///
    /// - Parameter note: told of custom bounds that differed, with the name of the operation.
    static func histogram(
        _ series: RangeSeries, _ place: Int, at time: Int64, isCounter: Bool,
        note: (FloatHistogram.CombinationNotes, String) -> Void
    ) throws(IncompatibleHistograms) -> FloatHistogram {
        let (before, after) = (series.histograms[place].value, series.histograms[place + 1].value)
        let (beforeTime, afterTime) = (series.histogramTimes[place], series.histogramTimes[place + 1])
        if time == beforeTime { return before }
        if time == afterTime { return after }
        let fraction = Double(time - beforeTime) / Double(afterTime - beforeTime)
        var result = after
        if isCounter, after.wasReset(since: before) {
            result.multiply(by: fraction)
            return result
        }
        note(try result.subtract(before), "subtraction")
        result.multiply(by: fraction)
        note(try result.add(before), "addition")
        return result
    }
}
