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
    /// Labels that every series of texts, protobuf and scrapes gets which lacks them, `up` included.
    public var labels: [(name: String, value: String)] = []
    /// The label that tells the targets of a folder of scrapes apart: its value is the part of the file's name before
    /// (and behind) the time. Nil makes files of several targets an error.
    public var targetLabel: String?
    /// Asked once for each piece of a file, and many times a second while a pipe has nothing to read; true ends the reading with an error.
    public var isCancelled: (@Sendable () -> Bool)?

    /// The defaults.
    public init() {}
}
