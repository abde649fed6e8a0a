import TimeSeries

/// One sample of an instant vector.
public struct VectorSample: Sendable, Equatable {
    /// What identifies it.
    public var labels: Labels
    /// The evaluation time in milliseconds since the epoch.
    public var timestampMillis: Int64
    /// The value; 0 where the sample is a histogram.
    public var value: Double
    /// The sample where it is a native histogram.
    public var histogram: FloatHistogram?

    /// Makes a sample.
    public init(labels: Labels, timestampMillis: Int64, value: Double, histogram: FloatHistogram? = nil) {
        self.labels = labels
        self.timestampMillis = timestampMillis
        self.value = value
        self.histogram = histogram
    }
}

/// What a query evaluates to; times are milliseconds since the epoch.
public enum QueryValue: Sendable, Equatable {
    /// A number at a time.
    case scalar(Int64, Double)
    /// A text at a time.
    case string(Int64, String)
    /// Samples of one time; ordered only where the expression sorts.
    case vector([VectorSample])
    /// Series over time, sorted by labels.
    case matrix([Series])
}

/// A query's value with the remarks made on the way.
public struct QueryResult: Sendable {
    /// The value.
    public var value: QueryValue
    /// Warnings and infos, each once.
    public var annotations: [Annotation]
    /// What the evaluation read and held.
    public var statistics: QueryStatistics

    /// Makes a result.
    public init(
        value: QueryValue, annotations: [Annotation] = [], statistics: QueryStatistics = QueryStatistics()
    ) {
        self.value = value
        self.annotations = annotations
        self.statistics = statistics
    }
}

/// What an evaluation read and held.
public struct QueryStatistics: Sendable, Equatable {
    /// Series selected from the source.
    public var selectedSeries = 0
    /// Samples selected from the source.
    public var selectedSamples = 0

    /// Nothing read yet.
    public init() {}
}
