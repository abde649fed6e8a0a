import Exposition

/// Reads files of OpenMetrics, Prometheus text or Prometheus protobuf whose samples carry their times.
public enum OpenMetricsReader {
    /// Loads a file.
    ///
    /// One that begins with a length-delimited `io.prometheus.client.MetricFamily`, or is called `.pb`, is protobuf;
    /// one that ends with `# EOF` is OpenMetrics (times in seconds), any other is Prometheus text (times in
    /// milliseconds). Any of them may be packed with gzip, told by its first two bytes. A metric with a native histogram gives that and not its classic series.
    ///
    /// - Parameters:
    ///   - path: the file.
    ///   - store: takes the samples, in whichever order of time they come; of two of one series and time the later
    ///     read stays.
    ///   - extra: labels for every series that lacks them.
    ///   - defaultMillis: the time of samples without one; nil makes them an error.
    /// - Throws: ``ReaderError`` with path and place, or ``SeriesStoreError``.
    public static func load(
        path: String, into store: SeriesStore, extra: [(String, String)] = [], defaultMillis: Int64? = nil
    ) throws {
        try load(path, InputFile(path), into: store, extra, defaultMillis)
    }

    /// Loads bytes in a file's place; they come in pieces of a size.
    package static func load(
        bytes: [UInt8], pieceBytes: Int, into store: SeriesStore, defaultMillis: Int64? = nil
    ) throws {
        try load("memory", InputFile(bytes: bytes, pieceBytes: pieceBytes), into: store, [], defaultMillis)
    }

    private static func load(
        _ path: String, _ file: consuming InputFile, into store: SeriesStore, _ extra: [(String, String)],
        _ defaultMillis: Int64?
    ) throws {
        var collector = SeriesCollector(extra: extra, limits: store.limits)
        try ExpositionFile(path, file).collect(into: &collector, untimedMillis: defaultMillis)
        try collector.move(into: store)
    }
}
