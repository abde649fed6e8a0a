/// The fields of a `Histogram` message, classic buckets left where they stand.
struct ProtobufHistogramFields {
    private(set) var histogram = ExpositionHistogram()
    /// Where the classic buckets stand, in their order.
    private(set) var buckets: [ProtobufReader.Range] = []
    private(set) var exemplars: [ExpositionExemplar] = []
    private(set) var createdMillis: Int64?
    private var integerCount = 0.0
    private var integerZeroCount = 0.0
    private var positive = ProtobufBuckets()
    private var negative = ProtobufBuckets()

    init(
        _ message: ProtobufReader, isGauge: Bool
    ) throws(ProtobufExpositionError) {
        var reader = message
        while !reader.isAtEnd {
            let start = reader.position
            let (field, wire) = try reader.tag()
            let isKnown = try read(field, wire, &reader)
            if !isKnown {
                reader = message
                reader.move(to: start)
                _ = try reader.tag()
                try reader.skip(wire)
            }
        }
        histogram.isGauge = isGauge
        try settle(message)
    }

    /// A histogram without a span, a threshold or a zero count has nothing native; even an empty native one has a
    /// span of no buckets.
    var isNative: Bool {
        !positive.spans.isEmpty || !negative.spans.isEmpty || histogram.zeroThreshold > 0 || histogram.zeroCount > 0
    }

    private mutating func read(
        _ field: Int, _ wire: ProtobufWire, _ reader: inout ProtobufReader
    ) throws(ProtobufExpositionError) -> Bool {
        switch (field, wire) {
        case (1, .varint): integerCount = Double(try reader.varint())
        case (2, .fixed64): histogram.sum = try reader.double()
        case (3, .lengthDelimited): buckets.append(try reader.delimited())
        case (4, .fixed64): histogram.count = try reader.double()
        case (5, .varint): histogram.schema = try ProtobufHistogramFields.int32(&reader, "schema")
        case (6, .fixed64): histogram.zeroThreshold = try reader.double()
        case (7, .varint): integerZeroCount = Double(try reader.varint())
        case (8, .fixed64): histogram.zeroCount = try reader.double()
        case (9...11, _): return try negative.read(field - 9, wire, &reader)
        case (12...14, _): return try positive.read(field - 12, wire, &reader)
        case (15, .lengthDelimited):
            let range = try reader.delimited()
            createdMillis = try ProtobufMetricDecoder.millis(
                reader.message(range, "metric.histogram.created_timestamp"))
        case (16, .lengthDelimited):
            let range = try reader.delimited()
            exemplars.append(try ProtobufMetricDecoder.exemplar(reader.message(range, "metric.histogram.exemplars")))
        default: return false
        }
        return true
    }

    static func int32(
        _ reader: inout ProtobufReader, _ what: String
    ) throws(ProtobufExpositionError) -> Int32 {
        let start = reader.position
        guard let value = Int32(exactly: ProtobufWire.unzigzag(try reader.varint())) else {
            throw reader.failure("the \(what) has more than 32 bits", at: start)
        }
        return value
    }

    /// Makes one kind of counts of the two that the schema knows.
    private mutating func settle(_ message: ProtobufReader) throws(ProtobufExpositionError) {
        histogram.isFloat =
            histogram.count > 0 || histogram.zeroCount > 0 || !positive.counts.isEmpty || !negative.counts.isEmpty
        if !histogram.isFloat {
            histogram.count = integerCount
            histogram.zeroCount = integerZeroCount
        }
        guard isNative else { return }
        guard (-4...8).contains(histogram.schema) else {
            throw message.failure("unknown schema \(histogram.schema)")
        }
        guard histogram.zeroThreshold >= 0 else { throw message.failure("the zero threshold is not a positive number") }
        histogram.positiveSpans = positive.spans
        histogram.positiveCounts = try positive.absolute(isFloat: histogram.isFloat, "positive", message)
        histogram.negativeSpans = negative.spans
        histogram.negativeCounts = try negative.absolute(isFloat: histogram.isFloat, "negative", message)
    }
}
