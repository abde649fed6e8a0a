import Exposition

/// Reader and lint over the pieces of one source.
struct MetricsJudge {
    private var reader: ExpositionReader
    private var lint: MetricsLint
    /// The line that is being read; nil in protobuf, which has none.
    private var line: Int?

    /// For a source whose first and last bytes tell what it is.
    init(beginning: some Collection<UInt8>, ending: some BidirectionalCollection<UInt8>, limits: MetricsLint.Limits) {
        var end = ending[...]
        while let last = end.last, last == 0x0a || last == 0x0d { end.removeLast() }
        let isOpenMetrics = end.suffix(5).elementsEqual("# EOF".utf8)
        let isProtobuf = MetricsJudge.isProtobuf(Array(beginning))
        self.init(isProtobuf ? .protobufDelimited : isOpenMetrics ? .openMetrics100 : .prometheusText004, limits)
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

    /// True when this begins like a delimited `MetricFamily`: its length, then field 1, a name, and another field.
    ///
    /// No text does: a byte below a blank that isn't a line feed, or a quote, stands behind the name.
    private static func isProtobuf(_ head: [UInt8]) -> Bool {
        guard let lengthEnd = head.prefix(5).firstIndex(where: { $0 < 0x80 }) else { return false }
        let rest = head[(lengthEnd + 1)...]
        guard rest.count > 2, rest[rest.startIndex] == 0x0a else { return false }
        let name = rest[(rest.startIndex + 2)...].prefix(Int(rest[rest.startIndex + 1]))
        guard name.endIndex < rest.endIndex, MetricName.isValid(String(decoding: name, as: UTF8.self)) else {
            return false
        }
        // Help, type, metric: prometheus/client_model, metrics.proto.
        return [0x12, 0x18, 0x22].contains(rest[name.endIndex])
    }

    /// Takes the next piece, which may end anywhere; text line by line, so that problems have a line.
    mutating func consume(_ piece: UnsafeRawBufferPointer) throws {
        var rest = piece
        while !rest.isEmpty {
            let end = line == nil ? nil : rest.firstIndex(of: UInt8(ascii: "\n")).map { $0 + 1 }
            try reader.consume(UnsafeRawBufferPointer(rebasing: rest[..<(end ?? rest.count)])) { [line] event in
                lint.add(event, line: line)
            }
            guard let end else { return }
            line = line.map { $0 + 1 }
            rest = UnsafeRawBufferPointer(rebasing: rest[end...])
        }
    }

    /// Ends the source.
    mutating func finish() throws -> MetricsCheck.Outcome {
        try reader.finish { [line] in lint.add($0, line: line) }
        return .judged(metrics: lint.metricCount, problems: lint.problems())
    }
}
