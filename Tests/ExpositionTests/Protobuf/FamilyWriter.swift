import Exposition

/// Writes families in protobuf as a client does, for tests.
struct FamilyWriter {
    typealias Labels = [(name: String, value: String)]

    private(set) var bytes: [UInt8] = []

    mutating func family(
        _ name: String, type: UInt64?, help: String? = nil, unit: String? = nil,
        _ metrics: [(inout ByteCursor) -> Void]
    ) {
        bytes += withByteCursor(capacity: 1 << 12) { cursor in
            cursor.append(delimited: { family in
                family.append(field: 1, text: name)
                if let help { family.append(field: 2, text: help) }
                if let type { family.append(field: 3, varint: type) }
                if let unit { family.append(field: 5, text: unit) }
                for metric in metrics { family.append(field: 4, message: metric) }
            })
        }
    }

    static func labels(_ labels: Labels, to metric: inout ByteCursor) {
        for label in labels {
            metric.append(field: 1) { pair in
                pair.append(field: 1, text: label.name)
                pair.append(field: 2, text: label.value)
            }
        }
    }

    static func timestamp(_ millis: Int64, field: Int, to message: inout ByteCursor) {
        message.append(field: field) { time in
            time.append(field: 1, integer: millis / 1000)
            time.append(field: 2, integer: millis % 1000 * 1_000_000)
        }
    }

    static func exemplar(_ exemplar: ExpositionExemplar, field: Int, to message: inout ByteCursor) {
        message.append(field: field) { inner in
            labels(exemplar.labels.map { ($0.name, $0.value) }, to: &inner)
            inner.append(field: 2, double: exemplar.value)
            if let seconds = exemplar.timestampSeconds {
                timestamp(Int64((seconds * 1000).rounded()), field: 3, to: &inner)
            }
        }
    }

    /// A gauge (2), counter (3) or untyped (5) metric.
    static func number(
        _ value: Double, field: Int, _ all: Labels = [], millis: Int64? = nil, created: Int64? = nil,
        exemplar: ExpositionExemplar? = nil
    ) -> (inout ByteCursor) -> Void {
        { metric in
            labels(all, to: &metric)
            metric.append(field: field) { inner in
                inner.append(field: 1, double: value)
                if let exemplar { FamilyWriter.exemplar(exemplar, field: 2, to: &inner) }
                if let created { timestamp(created, field: 3, to: &inner) }
            }
            if let millis { metric.append(field: 6, integer: millis) }
        }
    }

    /// A metric with a native histogram; `buckets` are classic ones beside it.
    static func native(
        _ histogram: ExpositionHistogram, _ all: Labels = [], buckets: [(bound: Double, count: UInt64)] = [],
        created: Int64? = nil, exemplars: [ExpositionExemplar] = [], isPacked: Bool = false
    ) -> (inout ByteCursor) -> Void {
        { metric in
            labels(all, to: &metric)
            metric.append(field: 7) { inner in
                counts(of: histogram, to: &inner)
                for bucket in buckets {
                    inner.append(field: 3) { message in
                        message.append(field: 1, varint: bucket.count)
                        message.append(field: 2, double: bucket.bound)
                    }
                }
                side(
                    histogram.negativeSpans, histogram.negativeCounts, field: 9, histogram.isFloat, isPacked, &inner)
                side(
                    histogram.positiveSpans, histogram.positiveCounts, field: 12, histogram.isFloat, isPacked, &inner)
                if let created { timestamp(created, field: 15, to: &inner) }
                for exemplar in exemplars { FamilyWriter.exemplar(exemplar, field: 16, to: &inner) }
            }
        }
    }

    private static func counts(of histogram: ExpositionHistogram, to inner: inout ByteCursor) {
        inner.append(field: 2, double: histogram.sum)
        inner.append(field: 5, zigzag: Int64(histogram.schema))
        inner.append(field: 6, double: histogram.zeroThreshold)
        if histogram.isFloat {
            inner.append(field: 4, double: histogram.count)
            inner.append(field: 8, double: histogram.zeroCount)
        } else {
            inner.append(field: 1, varint: UInt64(histogram.count))
            inner.append(field: 7, varint: UInt64(histogram.zeroCount))
        }
    }

    private static func side(
        _ spans: [BucketSpan], _ counts: [Double], field: Int, _ isFloat: Bool, _ isPacked: Bool,
        _ inner: inout ByteCursor
    ) {
        for span in spans {
            inner.append(field: field) { message in
                message.append(field: 1, zigzag: Int64(span.offset))
                message.append(field: 2, varint: UInt64(span.length))
            }
        }
        var last: Int64 = 0
        let deltas = counts.map { count in
            defer { last = Int64(count) }
            return Int64(count) - last
        }
        switch (isFloat, isPacked) {
        case (true, false): for count in counts { inner.append(field: field + 2, double: count) }
        case (false, false): for delta in deltas { inner.append(field: field + 1, zigzag: delta) }
        case (true, true):
            inner.append(field: field + 2) { packed in for count in counts { packed.append(fixed64: count) } }
        case (false, true):
            inner.append(field: field + 1) { packed in
                for delta in deltas { packed.append(varint: ProtobufWire.zigzag(delta)) }
            }
        }
    }
}
