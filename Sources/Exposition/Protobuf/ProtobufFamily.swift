/// The family that is being read: what its metrics need to know of it.
///
/// Field numbers: `io/prometheus/client/metrics.proto` of the client_model project.
struct ProtobufFamily {
    private var name = ""
    private var help: String?
    private var unit: String?
    /// `COUNTER` is the default of the schema.
    private var kind = MetricKind.counter
    private var hasBegun = false
    private var decoder = ProtobufMetricDecoder()

    /// Another family begins; strings of the last metric are kept, they often come again.
    mutating func begin() {
        name = ""
        (help, unit) = (nil, nil)
        kind = .counter
        hasBegun = false
    }

    /// Reads the value of one field, which `reader` holds whole.
    mutating func read(
        _ field: Int, _ wire: ProtobufWire, _ reader: inout ProtobufReader, _ emit: (ExpositionEvent) throws -> Void
    ) throws {
        switch (field, wire) {
        case (1, .lengthDelimited): name = try header(&reader, "name")
        case (2, .lengthDelimited): help = try header(&reader, "help")
        case (3, .varint): kind = try kind(&reader)
        case (4, .lengthDelimited):
            let range = try reader.delimited()
            try announce(reader, at: range.lowerBound, emit)
            try decoder.decode(reader.message(range, "metric"), family: name, kind: kind, emit)
        case (5, .lengthDelimited): unit = try header(&reader, "unit")
        default: try reader.skip(wire)
        }
    }

    /// The family is over.
    mutating func end(_ reader: ProtobufReader, _ emit: (ExpositionEvent) throws -> Void) throws {
        try announce(reader, at: nil, emit)
    }

    /// The path of an error at the end of the stream.
    func pathOfEnd(isInside: Bool) -> String { isInside ? "family" : "" }

    /// Tells of the metadata before the first metric.
    private mutating func announce(
        _ reader: ProtobufReader, at place: Int?, _ emit: (ExpositionEvent) throws -> Void
    ) throws {
        guard !hasBegun else { return }
        guard !name.isEmpty else { throw reader.failure("a family without a name before its metrics", at: place) }
        hasBegun = true
        try emit(.kind(name, kind))
        if let help { try emit(.help(name, help)) }
        if let unit { try emit(.unit(name, unit)) }
    }

    private func header(
        _ reader: inout ProtobufReader, _ field: String
    ) throws(ProtobufExpositionError) -> String {
        let range = try reader.delimited()
        guard !hasBegun else { throw reader.failure("the \(field) stands after a metric", at: range.lowerBound) }
        return try reader.text(range)
    }

    private func kind(_ reader: inout ProtobufReader) throws(ProtobufExpositionError) -> MetricKind {
        let start = reader.position
        let number = try reader.varint()
        guard !hasBegun else { throw reader.failure("the type stands after a metric", at: start) }
        switch number {
        case 0: return .counter
        case 1: return .gauge
        case 2: return .summary
        case 3: return .unknown
        case 4: return .histogram
        case 5: return .gaugehistogram
        default: throw reader.failure("unknown metric type \(number)", at: start)
        }
    }
}
