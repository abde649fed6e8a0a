import TimeSeries

/// A series without stale samples, its numbers and its native histograms apart.
struct RangeSeries {
    let labels: Labels
    let dropsName: Bool
    /// Of the numbers.
    let timestamps: [Int64]
    let values: [Double]
    /// The numbers that windows may see; not all of them only where the columns are a whole series', shared with the
    /// store.
    let places: Range<Int>
    /// Of the histograms.
    var histogramTimes: [Int64] = []
    var histograms: [SharedHistogram] = []
    /// When counting began, for each number and each histogram, 0 where unknown; empty when no sample says so, or
    /// nobody asked.
    var starts: [Int64] = []
    var histogramStarts: [Int64] = []

    var isEmpty: Bool { places.isEmpty && histogramTimes.isEmpty }

    /// A span as it is: its columns are shared, and `places` says what windows may see.
    private init(sharing span: SeriesSpan) {
        labels = span.labels
        dropsName = false
        timestamps = span.whole.timestamps
        values = span.whole.values
        places = span.places
    }

    /// A span; one of nothing but live numbers shares its columns.
    static func of(_ span: SeriesSpan) -> RangeSeries {
        let isLive = span.whole.histograms == nil && !span.mayBeStale
        return isLive ? RangeSeries(sharing: span) : RangeSeries(span.series)
    }

    init(_ series: Series, withStarts: Bool = false) {
        labels = series.labels
        dropsName = false
        if let column = series.histograms {
            let kept = series.values.indices.filter {
                !series.values[$0].isStaleMarker && !series.values[$0].isHistogramMarker
            }
            timestamps = kept.map { series.timestamps[$0] }
            values = kept.map { series.values[$0] }
            histogramTimes = column.places.map { series.timestamps[$0] }
            histograms = column.samples
        } else if series.values.contains(where: \.isStaleMarker) {
            let kept = series.values.indices.filter { !series.values[$0].isStaleMarker }
            timestamps = kept.map { series.timestamps[$0] }
            values = kept.map { series.values[$0] }
        } else {
            timestamps = series.timestamps
            values = series.values
        }
        places = 0..<timestamps.count
        if withStarts, let column = series.startTimestamps { readStarts(column.expanded(count: series.count), series) }
    }

    private mutating func readStarts(_ all: [Int64], _ series: Series) {
        for (place, value) in series.values.enumerated() where !value.isStaleMarker {
            if value.isHistogramMarker { histogramStarts.append(all[place]) } else { starts.append(all[place]) }
        }
    }

    /// A subquery's column; nil when it has no sample.
    ///
    /// Its histograms' hints say nothing any more, because samples between the steps are left out.
    init?(_ column: Column, _ grid: StepGrid) {
        let kept = column.values.indices.filter { !column.values[$0].isStaleMarker }
        labels = column.labels
        dropsName = column.dropsName
        timestamps = kept.map(grid.time)
        values = kept.map { column.values[$0] }
        places = 0..<kept.count
        for step in column.histograms.indices {
            guard let histogram = column.histograms[step] else { continue }
            histogramTimes.append(grid.time(step))
            histograms.append(RangeSeries.withoutHint(histogram))
        }
        if isEmpty { return nil }
    }

    private static func withoutHint(_ histogram: SharedHistogram) -> SharedHistogram {
        if histogram.value.hint == .gauge || histogram.value.hint == .unknown { return histogram }
        var copy = histogram.value
        copy.hint = .unknown
        return SharedHistogram(copy)
    }

    /// The samples of a span of time, nil when there are none.
    func series(_ labels: Labels, in span: ClosedRange<Int64>) -> Series? {
        var out = Series(labels: labels)
        var next = 0
        func appendHistograms(before time: Int64) {
            while next < histogramTimes.count, histogramTimes[next] < time {
                if span.contains(histogramTimes[next]) { out.append(histograms[next], at: histogramTimes[next]) }
                next += 1
            }
        }
        for (time, value) in zip(timestamps, values) where span.contains(time) {
            appendHistograms(before: time)
            out.append(value, at: time)
        }
        appendHistograms(before: .max)
        return out.timestamps.isEmpty ? nil : out
    }
}
