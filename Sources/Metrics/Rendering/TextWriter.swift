import Exposition

/// Prometheus text and OpenMetrics 1.0: a line a sample.
struct TextWriter: RecordWriter {
    private let parts: TextParts
    private let traits: FamilyTraits
    private let style: FloatStyle
    private let isOpenMetrics: Bool
    private let hasCreated: Bool

    init(_ parts: TextParts, _ traits: FamilyTraits, _ dialect: Dialect) {
        self.parts = parts
        self.traits = traits
        style = dialect.style
        isOpenMetrics = dialect.format.isOpenMetrics
        hasCreated = dialect.createdLines
    }

    @inline(__always)
    func write(_ record: SeriesRecord, to cursor: inout ByteCursor) {
        switch traits.kind {
        case .histogram where traits.isNativeOnly:
            writeNative(record, to: &cursor)
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
        if traits.isFloat {
            cursor.append(record.cells.floatTotal(at: 0), style: style)
        } else {
            cursor.append(decimal: record.cells.total(at: 0))
        }
        if traits.hasExemplars { writeExemplar(record, 0, to: &cursor) }
        cursor.append(UInt8(ascii: "\n"))
        if hasCreated, traits.kind == .counter { writeCreated(record, record.createdMillis, to: &cursor) }
    }

    private func writeExemplar(_ record: SeriesRecord, _ slot: Int, to cursor: inout ByteCursor) {
        guard isOpenMetrics, let exemplar = traits.exemplar(record, slot) else { return }
        cursor.append(exemplar: exemplar)
    }

    private func writeCreated(_ record: SeriesRecord, _ millis: Int64, to cursor: inout ByteCursor) {
        parts.begin(parts.created, record, to: &cursor)
        cursor.append(secondsOfMillis: millis)
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
            if traits.hasExemplars { writeExemplar(record, index, to: &cursor) }
            cursor.append(UInt8(ascii: "\n"))
        }
        writeTotals(record, count: cumulated, sum: record.cells.floatTotal(at: tails.count), to: &cursor)
        if hasCreated { writeCreated(record, record.createdMillis, to: &cursor) }
    }

    /// No text carries native buckets: their count is that of the one bucket that every histogram has.
    private func writeNative(_ record: SeriesRecord, to cursor: inout ByteCursor) {
        guard traits.readNative(record), let tail = parts.bucketTails.last else { return }
        let snapshot = traits.scratch.snapshot
        cursor.append(parts.bucket.head)
        parts.writeLabels(record, to: &cursor)
        cursor.append(tail)
        cursor.append(decimal: snapshot.count)
        cursor.append(UInt8(ascii: "\n"))
        writeTotals(record, count: snapshot.count, sum: snapshot.sum, to: &cursor)
        if hasCreated { writeCreated(record, snapshot.resetMillis ?? record.createdMillis, to: &cursor) }
    }

    private func writeTotals(_ record: SeriesRecord, count: UInt64, sum: Double, to cursor: inout ByteCursor) {
        // OpenMetrics 1.0, Histogram: no sum where observations may be negative, and no count without sum. Bounds say
        // whether they may, so that the series do not come and go with the sum. One below zero without such a bound
        // would make the whole page invalid and is shown as 0; whoever observes negative values declares the bound.
        if isOpenMetrics, sum.isNaN || traits.hasNegativeBounds { return }
        let sum = isOpenMetrics ? max(sum, 0) : sum
        parts.begin(parts.count, record, to: &cursor)
        cursor.append(decimal: count)
        cursor.append(UInt8(ascii: "\n"))
        parts.begin(parts.sum, record, to: &cursor)
        cursor.append(sum, style: style)
        cursor.append(UInt8(ascii: "\n"))
    }
}
