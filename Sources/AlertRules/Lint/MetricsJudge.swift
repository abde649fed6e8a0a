import Exposition
import TimeSeries

/// Reader and lint over the pieces of one source.
struct MetricsJudge {
    private var reader: ExpositionReader
    private var lint: MetricsLint
    /// The line that is being read; nil in protobuf, which has none.
    private var line: Int?
    /// The types that the source declares, by family name.
    private(set) var kinds: [String: MetricKind] = [:]

    /// For a source whose first and last bytes tell what it is.
    init(beginning: [UInt8], ending: [UInt8], limits: MetricsLint.Limits) {
        self.init(ExpositionFile.format(beginning: beginning, ending: ending), limits)
    }

    /// For a source that says what it is; an unknown kind is taken for text format 0.0.4, as Prometheus 2 does.
    init(contentType: String, limits: MetricsLint.Limits) {
        self.init(ExpositionFormat(contentType: contentType) ?? .prometheusText004, limits)
    }

    private init(_ format: ExpositionFormat, _ limits: MetricsLint.Limits) {
        reader = ExpositionReader(format: format, isStrict: true)
        line = format == .protobufDelimited ? nil : 1
        let isSuffixed = format == .openMetrics100 || format == .openMetrics001
        lint = MetricsLint(dialect: isSuffixed ? .openMetrics1 : .prometheus, limits: limits)
    }

    /// Takes the next piece, which may end anywhere; text line by line, so that problems have a line.
    mutating func consume(_ piece: UnsafeRawBufferPointer) throws {
        var rest = piece
        while !rest.isEmpty {
            let end = line == nil ? nil : rest.firstIndex(of: UInt8(ascii: "\n")).map { $0 + 1 }
            try reader.consume(UnsafeRawBufferPointer(rebasing: rest[..<(end ?? rest.count)])) { [line] event in
                if case .kind(let name, let kind) = event { kinds[name] = kind }
                lint.add(event, line: line)
            }
            guard let end else { return }
            line = line.map { $0 + 1 }
            rest = UnsafeRawBufferPointer(rebasing: rest[end...])
        }
    }

    /// Ends the source.
    mutating func finish() throws -> MetricsCheck.Outcome {
        try reader.finish { [line] event in
            if case .kind(let name, let kind) = event { kinds[name] = kind }
            lint.add(event, line: line)
        }
        return .judged(metrics: lint.metricCount, problems: lint.problems())
    }
}
