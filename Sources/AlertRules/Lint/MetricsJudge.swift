import Exposition
import TimeSeries

/// Parser and lint over the pieces of one source, line by line so that problems have a line.
struct MetricsJudge {
    private var parser: ExpositionParser
    private var lint: MetricsLint
    private var line = 1

    /// For a source whose last bytes tell what it is.
    init(ending: some BidirectionalCollection<UInt8>, limits: MetricsLint.Limits) {
        var end = ending[...]
        while let last = end.last, last == 0x0a || last == 0x0d { end.removeLast() }
        self.init(isOpenMetrics: end.suffix(5).elementsEqual("# EOF".utf8), limits: limits)
    }

    /// For a source that says what it is; text of an unknown kind is taken for text format 0.0.4, as Prometheus 2 does.
    init(contentType: String, limits: MetricsLint.Limits) throws(ReaderError) {
        let type = contentType.prefix { $0 != ";" && $0 != " " }.lowercased()
        guard type != "application/vnd.google.protobuf" else {
            throw ReaderError(path: "", message: "the server answered in protobuf, which was not asked for")
        }
        self.init(isOpenMetrics: type == "application/openmetrics-text", limits: limits)
    }

    private init(isOpenMetrics: Bool, limits: MetricsLint.Limits) {
        parser = ExpositionParser(mode: isOpenMetrics ? .openMetrics : .prometheusText)
        lint = MetricsLint(dialect: isOpenMetrics ? .openMetrics1 : .prometheus, limits: limits)
    }

    /// Takes the next piece, which may end anywhere.
    mutating func consume(_ piece: UnsafeRawBufferPointer) throws {
        var rest = piece
        while !rest.isEmpty {
            let end = rest.firstIndex(of: UInt8(ascii: "\n")).map { $0 + 1 }
            try parser.consume(UnsafeRawBufferPointer(rebasing: rest[..<(end ?? rest.count)])) { [line] event in
                lint.add(event, line: line)
            }
            guard let end else { return }
            line += 1
            rest = UnsafeRawBufferPointer(rebasing: rest[end...])
        }
    }

    /// Ends the source.
    mutating func finish() throws -> MetricsCheck.Outcome {
        try parser.finish { [line] in lint.add($0, line: line) }
        return .judged(metrics: lint.metricCount, problems: lint.problems())
    }
}
