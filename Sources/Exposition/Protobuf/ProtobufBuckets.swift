/// The positive or the negative buckets of a native histogram: spans with counts, either as deltas of integers or as
/// floating point numbers.
struct ProtobufBuckets {
    private(set) var spans: [BucketSpan] = []
    private(set) var counts: [Double] = []
    private var deltas: [Int64] = []

    /// Reads a span (0), deltas (1) or counts (2); both of the latter may also come packed, many in one field.
    mutating func read(
        _ field: Int, _ wire: ProtobufWire, _ reader: inout ProtobufReader
    ) throws(ProtobufExpositionError) -> Bool {
        switch (field, wire) {
        case (0, .lengthDelimited):
            let range = try reader.delimited()
            spans.append(try span(reader.message(range, "metric.histogram.span")))
        case (1, .varint): deltas.append(ProtobufWire.unzigzag(try reader.varint()))
        case (1, .lengthDelimited):
            let range = try reader.delimited()
            var packed = reader.message(range, "metric.histogram.delta")
            while !packed.isAtEnd { deltas.append(ProtobufWire.unzigzag(try packed.varint())) }
        case (2, .fixed64): counts.append(try reader.double())
        case (2, .lengthDelimited):
            let range = try reader.delimited()
            var packed = reader.message(range, "metric.histogram.count")
            while !packed.isAtEnd { counts.append(try packed.double()) }
        default: return false
        }
        return true
    }

    /// A `BucketSpan`: offset = 1, length = 2.
    private func span(_ message: ProtobufReader) throws(ProtobufExpositionError) -> BucketSpan {
        var reader = message
        var span = BucketSpan(offset: 0, length: 0)
        while !reader.isAtEnd {
            let (field, wire) = try reader.tag()
            switch (field, wire) {
            case (1, .varint): span.offset = try ProtobufHistogramFields.int32(&reader, "offset")
            case (2, .varint):
                let start = reader.position
                guard let length = UInt32(exactly: try reader.varint()) else {
                    throw reader.failure("the length has more than 32 bits", at: start)
                }
                span.length = length
            default: try reader.skip(wire)
            }
        }
        return span
    }

    /// The counts of all buckets, as many as the spans say.
    func absolute(
        isFloat: Bool, _ side: String, _ message: ProtobufReader
    ) throws(ProtobufExpositionError) -> [Double] {
        let found = isFloat ? counts.count : deltas.count
        try checkSpans(found, side, message)
        guard !isFloat else {
            guard counts.allSatisfy({ $0 >= 0 }) else { throw message.failure("a \(side) count is not positive") }
            return counts
        }
        var count: Int64 = 0
        var absolute: [Double] = []
        absolute.reserveCapacity(deltas.count)
        for delta in deltas {
            let (sum, overflows) = count.addingReportingOverflow(delta)
            guard !overflows, sum >= 0 else { throw message.failure("a \(side) count is out of range") }
            count = sum
            absolute.append(Double(sum))
        }
        return absolute
    }

    private func checkSpans(
        _ found: Int, _ side: String, _ message: ProtobufReader
    ) throws(ProtobufExpositionError) {
        if let reason = BucketSpan.reasonAgainst(spans, counts: found) {
            throw message.failure("the \(side) spans \(reason)")
        }
    }
}
