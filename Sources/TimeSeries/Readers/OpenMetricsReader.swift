import Exposition

/// Reads files of OpenMetrics, Prometheus text or Prometheus protobuf whose samples carry their times.
public enum OpenMetricsReader {
    /// Loads a file.
    ///
    /// Where ``ReaderOptions/format`` leaves it open, a file is protobuf that begins with a length-delimited
    /// `io.prometheus.client.MetricFamily` or is called `.pb`, and else text. That is OpenMetrics (times in seconds) when it
    /// ends with `# EOF`, has what only OpenMetrics has, or times which as milliseconds would be in January 1970;
    /// Prometheus text (times in milliseconds) when its times can be only that. What contradicts itself is an error.
    /// Any of them may be packed with gzip, told by its first two bytes, and may come from a pipe. A metric with a
    /// native histogram gives that and not its classic series. A byte order mark and carriage returns before line feeds
    /// are skipped.
    ///
    /// - Parameters:
    ///   - path: the file, or `-` for standard input.
    ///   - store: takes the samples, in whichever order of time they come; of two of one series and time the later
    ///     read stays.
    ///   - extra: labels for every series that lacks them.
    ///   - defaultMillis: the time of samples without one; nil makes them an error.
    ///   - options: how the file is read.
    ///   - warn: hears of an OpenMetrics text that is cut off, whose whole lines are read, of times that may be seconds
    ///     or milliseconds, and of a file without samples.
    /// - Throws: ``ReaderError`` with path and place, or ``SeriesStoreError``.
    public static func load(
        path: String, into store: SeriesStore, extra: [(String, String)] = [], defaultMillis: Int64? = nil,
        options: ReaderOptions = ReaderOptions(), warn: (String) -> Void = { _ in }
    ) throws {
        let name = path == InputFile.standardInput ? InputFile.standardInputName : path
        try load(
            name, InputFile(path, isCancelled: options.isCancelled), into: store, extra, defaultMillis, options, warn)
    }

    /// Loads bytes in a file's place; they come in pieces of a size.
    package static func load(
        bytes: [UInt8], pieceBytes: Int, into store: SeriesStore, defaultMillis: Int64? = nil,
        options: ReaderOptions = ReaderOptions(), warn: (String) -> Void = { _ in }
    ) throws {
        try load(
            "memory", InputFile(bytes: bytes, pieceBytes: pieceBytes), into: store, [], defaultMillis, options, warn)
    }

    private static func load(
        _ path: String, _ file: consuming InputFile, into store: SeriesStore, _ extra: [(String, String)],
        _ defaultMillis: Int64?, _ options: ReaderOptions, _ warn: (String) -> Void
    ) throws {
        var collector = SeriesCollector(extra: extra, limits: store.limits, options: options)
        let file = try ExpositionFile(path, file, options)
        if file.isEmpty {
            warn("\(path): the file is empty")
        } else {
            try file.collect(into: &collector, untimedMillis: defaultMillis, warn: warn)
            if collector.isEmpty { warn("\(path): there are no samples in it") }
        }
        try collector.move(into: store)
    }
}
