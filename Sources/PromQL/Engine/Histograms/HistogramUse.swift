import TimeSeries

/// What the functions around a selector need of its native histograms.
enum HistogramUse {
    /// Nothing is known.
    case anything
    /// Only count and sum: there Prometheus looks for counter resets while it reads, so that an aggregation can tell
    /// that one series was reset and another wasn't.
    case totals
    /// The buckets.
    case buckets

    /// A series whose histograms' hints are known from the second sample on.
    static func withFoundHints(_ series: Series) -> Series {
        guard let column = series.histograms else { return series }
        var out = series
        out.histograms?.mapSamples { place, sample in
            if place == 0 || sample.value.hint != .unknown { return sample }
            var known = sample.value
            known.hint = known.wasReset(since: column.samples[place - 1].value) ? .reset : .notReset
            return SharedHistogram(known)
        }
        return out
    }
}

extension Evaluation {
    /// Evaluates something below a node that needs more, or less, of histograms.
    func using<Result>(_ use: HistogramUse, _ body: () throws -> Result) rethrows -> Result {
        let before = histogramUse
        defer { histogramUse = before }
        if before != .buckets { histogramUse = use }
        return try body()
    }
}
