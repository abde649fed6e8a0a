import Exposition

/// OpenMetrics 2.0 (release candidate): one line a child, a histogram's value in braces.
struct OpenMetrics2Writer: RecordWriter {
    private let parts: TextParts
    private let kind: MetricKind
    private let isFloat: Bool

    init(_ descriptor: FamilyDescriptor, _ parts: TextParts) {
        self.parts = parts
        kind = descriptor.kind
        isFloat = descriptor.isFloat
    }

    @inline(__always)
    func write(_ record: SeriesRecord, to cursor: inout ByteCursor) {
        if kind == .stateset {
            parts.writeStates(record, to: &cursor)
            return
        }
        if kind == .histogram {
            parts.begin(parts.plain, record, to: &cursor)
            writeHistogram(record, to: &cursor)
            writeStart(record, to: &cursor)
        } else {
            writeNumber(record, to: &cursor)
        }
        cursor.append(UInt8(ascii: "\n"))
    }

    func write(_ sample: CallbackSample, to cursor: inout ByteCursor) {
        cursor.append(parts.plain.head)
        parts.writeLabels(values: sample.0, to: &cursor)
        cursor.append(parts.plain.tail)
        cursor.append(sample.1, style: .openMetrics)
        cursor.append(UInt8(ascii: "\n"))
    }

    @inline(__always)
    private func writeNumber(_ record: SeriesRecord, to cursor: inout ByteCursor) {
        parts.beginNumber(record, to: &cursor)
        if isFloat {
            cursor.append(record.cells.floatTotal(at: 0), style: .openMetrics)
        } else {
            cursor.append(decimal: record.cells.total(at: 0))
        }
        if kind == .counter { writeStart(record, to: &cursor) }
    }

    @inline(__always)
    private func writeStart(_ record: SeriesRecord, to cursor: inout ByteCursor) {
        cursor.append(" st@")
        cursor.append(secondsOfMillis: record.createdMillis)
    }

    /// `{count:3,sum:8.2,bucket:[0.5:1,1.0:2,+Inf:3]}`; the count is that of the last bucket, so it is read first.
    private func writeHistogram(_ record: SeriesRecord, to cursor: inout ByteCursor) {
        let tails = parts.bucketTails
        withUnsafeTemporaryAllocation(of: UInt64.self, capacity: tails.count) { counts in
            var cumulated: UInt64 = 0
            for index in 0..<tails.count {
                cumulated &+= record.cells.total(at: index)
                counts.initializeElement(at: index, to: cumulated)
            }
            cursor.append("{count:")
            cursor.append(decimal: cumulated)
            cursor.append(",sum:")
            cursor.append(record.cells.floatTotal(at: tails.count), style: .openMetrics)
            cursor.append(",bucket:[")
            for index in 0..<tails.count {
                if index > 0 { cursor.append(UInt8(ascii: ",")) }
                cursor.append(tails[index])
                cursor.append(decimal: counts[index])
            }
            cursor.append("]}")
        }
    }
}
