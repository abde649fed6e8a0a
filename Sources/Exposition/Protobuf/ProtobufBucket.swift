/// A classic bucket: cumulative_count = 1, upper_bound = 2, exemplar = 3, cumulative_count_float = 4.
struct ProtobufBucket {
    private(set) var bound = 0.0
    private(set) var count = 0.0
    private(set) var exemplar: ExpositionExemplar?

    init(_ message: ProtobufReader) throws(ProtobufExpositionError) {
        var reader = message
        var floatCount = 0.0
        while !reader.isAtEnd {
            let (field, wire) = try reader.tag()
            switch (field, wire) {
            case (1, .varint): count = Double(try reader.varint())
            case (2, .fixed64): bound = try reader.double()
            case (3, .lengthDelimited):
                let range = try reader.delimited()
                exemplar = try ProtobufMetricDecoder.exemplar(reader.message(range, "metric.histogram.bucket.exemplar"))
            case (4, .fixed64): floatCount = try reader.double()
            default: try reader.skip(wire)
            }
        }
        if floatCount > 0 { count = floatCount }
    }
}
