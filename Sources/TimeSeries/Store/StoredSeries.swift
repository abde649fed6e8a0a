/// A series' columns inside the store; samples before `first` are trimmed and wait for the next compaction.
struct StoredSeries: Sendable {
    let labels: Labels
    private(set) var timestamps: [Int64] = []
    private(set) var values: [Double] = []
    /// The samples that are histograms, by their places in the columns; nil when there are none.
    private(set) var histograms: HistogramColumn?
    /// When counting began, by places in the columns; nil when no sample says so.
    private(set) var startTimestamps: StartTimestampColumn?
    private(set) var first = 0
    /// Whether one of the first `checked` values is a staleness marker.
    private var mayBeStale = false
    private var checked = 0

    init(labels: Labels) { self.labels = labels }

    /// A series' columns; what the hints of its histograms say is found anew.
    init(_ series: Series) {
        labels = series.labels
        if series.histograms == nil {
            (timestamps, values, startTimestamps) = (series.timestamps, series.values, series.startTimestamps)
        } else {
            append(contentsOf: series)
        }
    }

    var count: Int { timestamps.count - first }
    var last: Int64? { count > 0 ? timestamps[timestamps.count - 1] : nil }

    /// Memory of the live samples, in units of a float sample.
    var sampleUnits: Int {
        let starts = startTimestamps?.knownCount(in: first..<timestamps.count) ?? 0
        guard let histograms else { return count + starts }
        return count + starts
            + histograms.samples[histograms.lowerBound(first)...].reduce(0) { $0 + $1.value.sampleUnits }
    }

    mutating func append(_ timestamp: Int64, _ value: Double, startedAt startMillis: Int64 = 0) {
        noteStart(startMillis)
        timestamps.append(timestamp)
        // The bits that say "histogram" are ours alone.
        values.append(value.isHistogramMarker ? .nan : value)
    }

    /// Appends a histogram. What its hint says is found anew by comparing it with the sample before, as Prometheus
    /// does: only "no reset" and "gauge" survive there, and a sample after a reset is unknown again.
    mutating func append(_ timestamp: Int64, _ histogram: FloatHistogram, startedAt startMillis: Int64 = 0) {
        noteStart(startMillis)
        var sample = histogram
        if sample.hint != .gauge {
            let claimed = sample.hint
            sample.hint = .unknown
            if claimed != .reset, count > 0, values[values.count - 1].isHistogramMarker,
                let last = histograms?.samples.last?.value, last.hint != .gauge, last.schema == sample.schema,
                last.customBounds == sample.customBounds, !sample.wasReset(since: last)
            {
                sample.hint = .notReset
            }
        }
        var column = histograms ?? HistogramColumn()
        histograms = nil
        column.append(SharedHistogram(sample), at: timestamps.count)
        histograms = column
        timestamps.append(timestamp)
        values.append(histogramMarker)
    }

    private mutating func noteStart(_ startMillis: Int64) {
        if startTimestamps == nil, startMillis == 0 { return }
        startTimestamps = startTimestamps ?? StartTimestampColumn()
        startTimestamps?.append(startMillis, at: timestamps.count)
    }

    /// Adds the samples of another column wherever they belong; of two of one time the other's stays.
    mutating func merge(_ other: Series) {
        guard let last, let start = other.timestamps.first, start <= last else { return append(contentsOf: other) }
        let own = Series(
            labels: labels, timestamps: timestamps, values: values, histograms: histograms,
            startTimestamps: startTimestamps)
        var merged = Series(labels: labels)
        merged.timestamps.reserveCapacity(count + other.count)
        merged.values.reserveCapacity(count + other.count)
        var (left, right) = (first, 0)
        while left < own.count || right < other.count {
            if right == other.count || left < own.count && own.timestamps[left] < other.timestamps[right] {
                merged.append(sampleOf: own, at: left)
                left += 1
            } else {
                if left < own.count, own.timestamps[left] == other.timestamps[right] { left += 1 }
                merged.append(sampleOf: other, at: right)
                right += 1
            }
        }
        self = StoredSeries(merged)
    }

    /// Appends samples that come after all others; the first column is shared instead of copied.
    mutating func append(contentsOf series: Series) {
        if series.histograms == nil, series.startTimestamps == nil, startTimestamps == nil {
            if timestamps.isEmpty {
                (timestamps, values) = (series.timestamps, series.values)
                return
            }
            timestamps.append(contentsOf: series.timestamps)
            values.append(contentsOf: series.values)
            return
        }
        for place in series.timestamps.indices {
            let start = series.startTimestamps?[place] ?? 0
            if let histogram = series.histogram(at: place) {
                append(series.timestamps[place], histogram, startedAt: start)
            } else {
                append(series.timestamps[place], series.values[place], startedAt: start)
            }
        }
    }

    /// Drops samples older than the bound and returns how many; moves memory only when half of it is free.
    mutating func trim(before bound: Int64) -> Int {
        let next = lowerBound(bound)
        let dropped = next - first
        first = next
        if first > 64, first * 2 >= timestamps.count {
            timestamps.removeFirst(first)
            values.removeFirst(first)
            checked = 0
            if let column = histograms {
                let rest = column.slice(first..<(first + timestamps.count))
                histograms = rest.isEmpty ? nil : rest
            }
            startTimestamps = startTimestamps?.slice(first..<(first + timestamps.count))
            first = 0
        }
        return dropped
    }

    /// The samples of a span of time, nil when there are none; the columns are shared instead of copied.
    mutating func span(from: Int64, through: Int64) -> SeriesSpan? {
        let low = lowerBound(from)
        let high = through == Int64.max ? timestamps.count : lowerBound(through + 1)
        if low >= high { return nil }
        if checked < values.count {
            mayBeStale = mayBeStale || values[checked...].contains(where: \.isStaleMarker)
            checked = values.count
        }
        return SeriesSpan(
            whole: Series(
                labels: labels, timestamps: timestamps, values: values, histograms: histograms,
                startTimestamps: startTimestamps), places: low..<high, mayBeStale: mayBeStale)
    }

    /// Index of the first live sample at or after a time.
    private func lowerBound(_ time: Int64) -> Int {
        var low = first
        var high = timestamps.count
        if high > low, timestamps[high - 1] < time { return high }
        while low < high {
            let middle = low + (high - low) / 2
            if timestamps[middle] < time { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
