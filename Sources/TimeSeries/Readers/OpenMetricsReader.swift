import Exposition

/// Reads files of OpenMetrics or Prometheus text whose samples carry their times.
public enum OpenMetricsReader {
    /// Loads a file; one that ends with `# EOF` is OpenMetrics (times in seconds), any other is Prometheus text
    /// (times in milliseconds).
    ///
    /// - Parameters:
    ///   - path: the file.
    ///   - store: takes the samples; series it already has must end before the file's begin.
    ///   - extra: labels for every series that lacks them.
    ///   - defaultMillis: the time of samples without one; nil makes them an error.
    /// - Throws: ``ReaderError`` with path, line and column, or ``SeriesStoreError``.
    public static func load(
        path: String, into store: SeriesStore, extra: [(String, String)] = [], defaultMillis: Int64? = nil
    ) throws {
        var collector = SeriesCollector(extra: extra, maxSamples: store.limits.maxSamples)
        try read(path) { sample in
            guard let time = sample.timestampMillis ?? defaultMillis else {
                throw ReaderError(path: path, message: " the sample of \(sample.name) has no timestamp")
            }
            try collector.add(collector.place(of: sample), time, sample.value)
        }
        try collector.move(into: store)
    }

    /// Streams a file's samples in the order of the text.
    static func read(_ path: String, _ sample: (ExpositionSample) throws -> Void) throws {
        let file = try InputFile(path)
        var parser = ExpositionParser(mode: endsAsOpenMetrics(file.tail(64)) ? .openMetricsSyntax : .prometheusText)
        func emit(_ event: ExpositionEvent) throws {
            if case .sample(let one) = event { try sample(one) }
        }
        do {
            try file.forEachPiece { try parser.consume($0, emit) }
            try parser.finish(emit)
        } catch let error as ExpositionError {
            throw ReaderError(path: path, message: error.description)
        }
    }

    private static func endsAsOpenMetrics(_ tail: [UInt8]) -> Bool {
        var bytes = tail[...]
        while let last = bytes.last, last == 0x0a || last == 0x0d { bytes.removeLast() }
        return bytes.suffix(5).elementsEqual("# EOF".utf8)
    }
}
