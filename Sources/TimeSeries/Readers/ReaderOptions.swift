/// How files of samples are read.
public struct ReaderOptions: Sendable {
    /// What the files are written in.
    public var format = DataFormat.auto
    /// Whether a series gets the labels `__type__` and `__unit__` of its metric's `# TYPE` and `# UNIT`, as in Prometheus
    /// with the feature `type-and-unit-labels`. An unknown type gives no label.
    public var addsTypeAndUnitLabels = false
    /// Whether the time at which counting began becomes the samples' start timestamp: OpenMetrics' `_created` samples,
    /// which then are no series of their own, and protobuf's `created_timestamp`; as in Prometheus with the feature
    /// `st-storage`.
    public var readsStartTimestamps = false
    /// Asked once for each piece of a file; true ends the reading with an error.
    public var isCancelled: (@Sendable () -> Bool)?

    /// The defaults.
    public init() {}
}
