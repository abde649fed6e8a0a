import TimeSeries

/// Sum and mean of histograms, in the order in which they are added.
///
/// The mean divides the sum once, as long as no count overflows; from then on it is kept up incrementally
/// (Prometheus's `avg`).
struct HistogramMean {
    private let isMean: Bool
    private var total: CompensatedHistogram
    private var count = 1.0
    private var isIncremental = false
    /// Whether some summand says that its counter was reset, and some that it wasn't.
    private(set) var hintsConflict = false
    private(set) var boundsWereReconciled = false
    private var sawReset: Bool
    private var sawNoReset: Bool

    init(_ first: FloatHistogram, isMean: Bool, _ compatibility: EngineOptions.Compatibility) {
        self.isMean = isMean
        total = CompensatedHistogram(first, keepsDigits: compatibility == .prometheus3)
        sawReset = first.hint == .reset
        sawNoReset = first.hint == .notReset
    }

    mutating func add(_ histogram: FloatHistogram) throws(IncompatibleHistograms) {
        sawReset = sawReset || histogram.hint == .reset
        sawNoReset = sawNoReset || histogram.hint == .notReset
        hintsConflict = sawReset && sawNoReset
        count += 1
        if !isMean {
            note(try total.add(histogram))
            return
        }
        if !isIncremental {
            var next = total
            note(try next.add(histogram))
            if !next.overflows {
                total = next
                return
            }
            isIncremental = true
            total.divide(by: count - 1)
        }
        total.multiply(by: (count - 1) / count)
        var share = histogram
        share.divide(by: count)
        note(try total.add(share))
    }

    private mutating func note(_ notes: FloatHistogram.CombinationNotes) {
        boundsWereReconciled = boundsWereReconciled || notes.boundsWereReconciled
    }

    var result: FloatHistogram {
        if !isMean || isIncremental { return total.result.compacted }
        var mean = total
        mean.divide(by: count)
        return mean.result.compacted
    }
}
