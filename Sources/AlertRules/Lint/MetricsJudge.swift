import Exposition

/// Parser and lint over the pieces of one source.
struct MetricsJudge {
    private enum Parser {
        case text(ExpositionParser)
        case protobuf(ProtobufExpositionParser)
    }

    private var parser: Parser
    private var lint: MetricsLint
    private var line = 1

    /// For a source whose first and last bytes tell what it is.
    init(beginning: some Collection<UInt8>, ending: some BidirectionalCollection<UInt8>, limits: MetricsLint.Limits) {
        var end = ending[...]
        while let last = end.last, last == 0x0a || last == 0x0d { end.removeLast() }
        if MetricsJudge.isProtobuf(Array(beginning)) {
            self.init(.protobuf, limits)
        } else {
            self.init(end.suffix(5).elementsEqual("# EOF".utf8) ? .openMetrics : .text, limits)
        }
    }

    /// For a source that says what it is; an unknown kind is taken for text format 0.0.4, as Prometheus 2 does.
    init(contentType: String, limits: MetricsLint.Limits) {
        switch contentType.prefix(while: { $0 != ";" && $0 != " " }).lowercased() {
        case "application/vnd.google.protobuf": self.init(.protobuf, limits)
        case "application/openmetrics-text": self.init(.openMetrics, limits)
        default: self.init(.text, limits)
        }
    }

    private enum Kind {
        case text
        case openMetrics
        case protobuf
    }

    private init(_ kind: Kind, _ limits: MetricsLint.Limits) {
        parser =
            switch kind {
            case .text: .text(ExpositionParser(mode: .prometheusText))
            case .openMetrics: .text(ExpositionParser(mode: .openMetrics))
            case .protobuf: .protobuf(ProtobufExpositionParser())
            }
        lint = MetricsLint(dialect: kind == .openMetrics ? .openMetrics1 : .prometheus, limits: limits)
    }

    /// True when this begins like a delimited `MetricFamily`: its length, then field 1, a name, and another field.
    ///
    /// No text does: a byte below a blank that isn't a line feed stands behind the name.
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

    /// Takes the next piece, which may end anywhere.
    mutating func consume(_ piece: UnsafeRawBufferPointer) throws {
        switch parser {
        case .text(var text):
            defer { parser = .text(text) }
            try consume(piece, &text)
        case .protobuf(var protobuf):
            defer { parser = .protobuf(protobuf) }
            try protobuf.consume(piece) { lint.add($0) }
        }
    }

    /// Line by line, so that problems have a line.
    private mutating func consume(_ piece: UnsafeRawBufferPointer, _ text: inout ExpositionParser) throws {
        var rest = piece
        while !rest.isEmpty {
            let end = rest.firstIndex(of: UInt8(ascii: "\n")).map { $0 + 1 }
            try text.consume(UnsafeRawBufferPointer(rebasing: rest[..<(end ?? rest.count)])) { [line] event in
                lint.add(event, line: line)
            }
            guard let end else { return }
            line += 1
            rest = UnsafeRawBufferPointer(rebasing: rest[end...])
        }
    }

    /// Ends the source.
    mutating func finish() throws -> MetricsCheck.Outcome {
        switch parser {
        case .text(var text): try text.finish { [line] in lint.add($0, line: line) }
        case .protobuf(var protobuf): try protobuf.finish { lint.add($0) }
        }
        return .judged(metrics: lint.metricCount, problems: lint.problems())
    }
}
