/// One series' samples as columns, oldest first; timestamps strictly ascend and both columns are equally long.
///
/// A sample may be a native histogram: ``histogramMarker`` stands in its place in `values`, and the histogram in a
/// column of its own, so that a series of numbers costs nothing for it.
public struct Series: Sendable, Equatable {
    /// What identifies the series.
    public var labels: Labels
    /// Milliseconds since the epoch.
    public var timestamps: [Int64]
    /// One value a timestamp; ``staleMarker`` says that the series ended there, ``histogramMarker`` that the sample
    /// is in ``histograms``.
    public var values: [Double]
    /// The samples that are native histograms; nil when there are none.
    public var histograms: HistogramColumn?
    /// When counting began, as each sample says; nil when none does.
    public var startTimestamps: StartTimestampColumn?

    /// Makes a series from its columns.
    public init(
        labels: Labels, timestamps: [Int64] = [], values: [Double] = [], histograms: HistogramColumn? = nil,
        startTimestamps: StartTimestampColumn? = nil
    ) {
        self.labels = labels
        self.timestamps = timestamps
        self.values = values
        self.histograms = histograms
        self.startTimestamps = startTimestamps
    }

    /// Appends a sample that is a number.
    ///
    /// - Parameter startMillis: when counting began, 0 when that isn't known.
    public mutating func append(_ value: Double, at timestampMillis: Int64, startedAt startMillis: Int64 = 0) {
        if startTimestamps != nil || startMillis != 0 {
            startTimestamps = startTimestamps ?? StartTimestampColumn()
            startTimestamps?.append(startMillis, at: timestamps.count)
        }
        timestamps.append(timestampMillis)
        values.append(value)
    }

    /// Appends a sample that is a native histogram.
    public mutating func append(_ histogram: FloatHistogram, at timestampMillis: Int64) {
        append(SharedHistogram(histogram), at: timestampMillis)
    }

    /// Appends a sample that is a native histogram, which others hold too.
    public mutating func append(
        _ histogram: SharedHistogram, at timestampMillis: Int64, startedAt startMillis: Int64 = 0
    ) {
        var column = histograms ?? HistogramColumn()
        histograms = nil
        column.append(histogram, at: timestamps.count)
        histograms = column
        append(histogramMarker, at: timestampMillis, startedAt: startMillis)
    }

    /// Appends a sample of another series, whichever kind it is.
    public mutating func append(sampleOf other: Series, at place: Int) {
        let start = other.startTimestamps?[place] ?? 0
        if other.values[place].isHistogramMarker, let histogram = other.histograms?[place] {
            append(histogram, at: other.timestamps[place], startedAt: start)
        } else {
            append(other.values[place], at: other.timestamps[place], startedAt: start)
        }
    }

    /// The sample of a place if it is a native histogram.
    public func histogram(at place: Int) -> FloatHistogram? {
        values[place].isHistogramMarker ? histograms?[place]?.value : nil
    }

    /// Memory that the samples take, in units of a float sample (16 bytes).
    public var sampleUnits: Int {
        timestamps.count + (histograms?.sampleUnits ?? 0) + (startTimestamps?.knownCount(in: 0..<timestamps.count) ?? 0)
    }

    /// How many samples there are.
    public var count: Int { timestamps.count }
}

/// The value that ends a series: a NaN with the bits `0x7ff0000000000002`.
///
/// Specified in Prometheus's model/value package; it is told from other NaNs by its bits only.
public let staleMarker = Double(bitPattern: 0x7ff0_0000_0000_0002)

extension Double {
    /// Whether this is exactly the staleness marker, not just any NaN.
    @inlinable public var isStaleMarker: Bool { bitPattern == 0x7ff0_0000_0000_0002 }
}
