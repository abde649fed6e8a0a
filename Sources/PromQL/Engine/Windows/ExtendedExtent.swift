import TimeSeries

/// The samples that an `anchored` or `smoothed` window is computed from, and the window's borders in milliseconds.
struct ExtendedExtent {
    /// The place of the last sample at or before the start, else of the first.
    let first: Int
    /// The place of the first sample at or after the end when smoothed, else of the last.
    let last: Int
    let start: Int64
    let end: Int64
    private let isSmoothed: Bool

    /// Of the samples in a range of places; nil where the window has nothing to say.
    init?(times: [Int64], range: Range<Int>, start: Int64, end: Int64, isSmoothed: Bool) {
        if range.isEmpty { return nil }
        let inner = range.lowerBound..<(range.upperBound - 1)
        first = max(range.lowerBound, times.firstPlace(in: inner) { $0 > start } - 1)
        last = isSmoothed ? times.firstPlace(in: inner) { $0 >= end } : inner.upperBound
        self.start = start
        self.end = end
        self.isSmoothed = isSmoothed
        if times[last] <= start { return nil }
    }

    /// Places of the samples truly between the borders.
    func inner(_ times: [Int64]) -> Range<Int> {
        let low = times[first] <= start ? first + 1 : first
        let high = times[last] >= end ? last : last + 1
        return low..<max(low, high)
    }

    /// The number at the start: interpolated when smoothed, else that of the first sample.
    func left(_ series: RangeSeries, isCounter: Bool) -> Double {
        if isSmoothed, series.timestamps[first] < start {
            return Interpolation.value(series, first, at: start, isCounter: isCounter)
        }
        return series.values[first]
    }

    /// The number at the end: interpolated when smoothed, else that of the last sample.
    ///
    /// - Parameter isCounter: whether a fall is a reset, after which counting starts from zero.
    func right(_ series: RangeSeries, isCounter: Bool) -> Double {
        if isSmoothed, last > first, series.timestamps[last] > end {
            return Interpolation.value(series, last - 1, at: end, isCounter: isCounter)
        }
        return series.values[last]
    }
}

extension RangeSeries {
    /// The numbers of an `anchored` or `smoothed` range vector that is a query's result: those of the window, and one
    /// right at each border.
    ///
    /// - Throws: ``EvaluationError/failed(_:)`` for native histograms, as in Prometheus.
    func extended(_ boundary: VectorSelector.Extension, _ labels: Labels, from start: Int64, through end: Int64)
        throws -> Series?
    {
        if !histogramTimes.isEmpty {
            throw EvaluationError.failed("\(boundary.rawValue) modifier is not supported with histograms")
        }
        guard
            let extent = ExtendedExtent(
                times: timestamps, range: 0..<timestamps.count, start: start, end: end,
                isSmoothed: boundary == .smoothed)
        else { return nil }
        var out = Series(labels: labels)
        out.append(extent.left(self, isCounter: false), at: start)
        for place in extent.inner(timestamps) { out.append(values[place], at: timestamps[place]) }
        out.append(extent.right(self, isCounter: false), at: end)
        return out
    }
}
