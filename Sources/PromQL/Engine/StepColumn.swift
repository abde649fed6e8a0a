import TimeSeries

/// One series of a range result with a place for every step: what rules read, and cheaper than samples with times.
package struct StepColumn: Sendable {
    /// What identifies the series.
    package let labels: Labels
    /// One a step; ``staleMarker`` where there is no sample, ``histogramMarker`` where it is a histogram.
    package let values: [Double]
    /// One a step, nil where the sample is no histogram; empty while no step has one.
    package let histograms: [SharedHistogram?]

    init(_ column: Column) {
        labels = column.labels
        histograms = column.histograms
        if column.histograms.isEmpty {
            values = column.values
        } else {
            values = zip(column.values, column.histograms).map { $1 == nil ? $0 : histogramMarker }
        }
    }

    init(scalar values: [Double]) {
        labels = .empty
        histograms = []
        self.values = values
    }
}
