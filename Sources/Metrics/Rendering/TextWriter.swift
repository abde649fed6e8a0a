import Exposition

/// Prometheus text and OpenMetrics 1.0: a line a sample.
struct TextWriter: RecordWriter {
    private let parts: TextParts
    private let kind: MetricKind
    private let isFloat: Bool
    private let style: FloatStyle
    private let isOpenMetrics: Bool
    private let hasNegativeBounds: Bool
    private let hasCreated: Bool

    init(_ descriptor: FamilyDescriptor, _ parts: TextParts, _ dialect: Dialect) {
        self.parts = parts
        kind = descriptor.kind
        isFloat = descriptor.isFloat
        style = dialect.style
        isOpenMetrics = dialect.format.isOpenMetrics
        hasCreated = dialect.createdLines
        hasNegativeBounds = (descriptor.buckets.first ?? 0) < 0
    }

    @inline(__always)
    func write(_ record: SeriesRecord, to cursor: inout ByteCursor) {
        switch kind {
        case .histogram:
            writeHistogram(record, to: &cursor)
        case .stateset:
            parts.writeStates(record, to: &cursor)
        default:
            writeNumber(record, to: &cursor)
        }
    }

    func write(_ sample: CallbackSample, to cursor: inout ByteCursor) {
        cursor.append(parts.plain.head)
        parts.writeLabels(values: sample.0, to: &cursor)
        cursor.append(parts.plain.tail)
        cursor.append(sample.1, style: style)
        cursor.append(UInt8(ascii: "\n"))
    }

    @inline(__always)
    private func writeNumber(_ record: SeriesRecord, to cursor: inout ByteCursor) {
        parts.beginNumber(record, to: &cursor)
        if isFloat {
            cursor.append(record.cells.floatTotal(at: 0), style: style)
        } else {
            cursor.append(decimal: record.cells.total(at: 0))
        }
        cursor.append(UInt8(ascii: "\n"))
        if hasCreated, kind == .counter { writeCreated(record, to: &cursor) }
    }

    private func writeCreated(_ record: SeriesRecord, to cursor: inout ByteCursor) {
        parts.begin(parts.created, record, to: &cursor)
        cursor.append(secondsOfMillis: record.createdMillis)
        cursor.append(UInt8(ascii: "\n"))
    }

    private func writeHistogram(_ record: SeriesRecord, to cursor: inout ByteCursor) {
        let tails = parts.bucketTails
        var cumulated: UInt64 = 0
        for index in 0..<tails.count {
            cumulated &+= record.cells.total(at: index)
            cursor.append(parts.bucket.head)
            parts.writeLabels(record, to: &cursor)
            cursor.append(tails[index])
            cursor.append(decimal: cumulated)
            cursor.append(UInt8(ascii: "\n"))
        }
        let sum = record.cells.floatTotal(at: tails.count)
        // OpenMetrics 1.0, Histogram: no sum where observations may be negative, and no count without sum.
        if !isOpenMetrics || !(sum < 0 || sum.isNaN || hasNegativeBounds) {
            parts.begin(parts.count, record, to: &cursor)
            cursor.append(decimal: cumulated)
            cursor.append(UInt8(ascii: "\n"))
            parts.begin(parts.sum, record, to: &cursor)
            cursor.append(sum, style: style)
            cursor.append(UInt8(ascii: "\n"))
        }
        if hasCreated { writeCreated(record, to: &cursor) }
    }
}
