import Exposition

/// OpenMetrics 2.0 (release candidate): one line a child, a histogram's value in braces.
struct OpenMetrics2Writer: RecordWriter {
    private let parts: TextParts
    private let traits: FamilyTraits

    init(_ parts: TextParts, _ traits: FamilyTraits) {
        self.parts = parts
        self.traits = traits
    }

    @inline(__always)
    func write(_ record: SeriesRecord, to cursor: inout ByteCursor) {
        switch traits.kind {
        case .stateset: parts.writeStates(record, to: &cursor)
        case .histogram: writeHistogram(record, to: &cursor)
        default: writeNumber(record, to: &cursor)
        }
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
        if traits.isFloat {
            cursor.append(record.cells.floatTotal(at: 0), style: .openMetrics)
        } else {
            cursor.append(decimal: record.cells.total(at: 0))
        }
        if traits.kind == .counter {
            writeStart(record.createdMillis, to: &cursor)
            if let exemplar = traits.exemplar(record, 0) { cursor.append(exemplar: exemplar) }
        }
        cursor.append(UInt8(ascii: "\n"))
    }

    @inline(__always)
    private func writeStart(_ millis: Int64, to cursor: inout ByteCursor) {
        cursor.append(" st@")
        cursor.append(secondsOfMillis: millis)
    }

    /// `{count:3,sum:8.2,bucket:[0.5:1,1.0:2,+Inf:3]}`, native fields before the buckets.
    ///
    /// The count stands first but is known last; with native buckets it is theirs, which are read after the others so
    /// that no other is larger.
    private func writeHistogram(_ record: SeriesRecord, to cursor: inout ByteCursor) {
        withUnsafeTemporaryAllocation(of: UInt64.self, capacity: max(traits.bucketCount, 1)) { counts in
            var count: UInt64 = 0
            for index in 0..<traits.bucketCount {
                count &+= record.cells.total(at: index)
                counts.initializeElement(at: index, to: count)
            }
            var sum = traits.isNativeOnly ? 0 : record.cells.floatTotal(at: traits.bucketCount)
            if traits.isNative {
                guard traits.readNative(record) else { return }
                count = traits.scratch.snapshot.count
                sum = traits.scratch.snapshot.sum
            }
            parts.begin(parts.plain, record, to: &cursor)
            cursor.append("{count:")
            cursor.append(decimal: count)
            cursor.append(",sum:")
            cursor.append(sum, style: .openMetrics)
            if traits.isNative { writeNative(traits.scratch.snapshot, to: &cursor) }
            if traits.bucketCount > 0 {
                for index in 0..<traits.bucketCount { counts[index] = min(counts[index], count) }
                counts[traits.bucketCount - 1] = count
                writeBuckets(UnsafeBufferPointer(rebasing: counts[..<traits.bucketCount]), to: &cursor)
            }
            cursor.append(UInt8(ascii: "}"))
            finish(record, to: &cursor)
        }
    }

    private func writeBuckets(_ counts: UnsafeBufferPointer<UInt64>, to cursor: inout ByteCursor) {
        cursor.append(",bucket:[")
        for index in 0..<min(counts.count, parts.bucketTails.count) {
            if index > 0 { cursor.append(UInt8(ascii: ",")) }
            cursor.append(parts.bucketTails[index])
            cursor.append(decimal: counts[index])
        }
        cursor.append(UInt8(ascii: "]"))
    }

    private func finish(_ record: SeriesRecord, to cursor: inout ByteCursor) {
        let resetMillis = traits.isNativeOnly ? traits.scratch.snapshot.resetMillis : nil
        writeStart(resetMillis ?? record.createdMillis, to: &cursor)
        if traits.hasExemplars, let shape = traits.shape {
            // One set of them; the specification prefers that of the classic buckets.
            for slot in traits.isNativeOnly ? shape.nativeExemplarSlots : 0..<traits.bucketCount {
                if let exemplar = traits.exemplar(record, slot) { cursor.append(exemplar: exemplar) }
            }
        }
        cursor.append(UInt8(ascii: "\n"))
    }

    private func writeNative(_ snapshot: NativeSnapshot, to cursor: inout ByteCursor) {
        cursor.append(",schema:")
        if snapshot.schema < 0 { cursor.append(UInt8(ascii: "-")) }
        cursor.append(decimal: UInt64(snapshot.schema.magnitude))
        cursor.append(",zero_threshold:")
        cursor.append(snapshot.zeroThreshold, style: .openMetrics)
        cursor.append(",zero_count:")
        cursor.append(decimal: snapshot.zeroCount)
        if !snapshot.negative.isEmpty {
            writeSide(snapshot, snapshot.negative, ",negative_spans:[", "],negative_buckets:[", to: &cursor)
        }
        if !snapshot.positive.isEmpty {
            writeSide(snapshot, snapshot.positive, ",positive_spans:[", "],positive_buckets:[", to: &cursor)
        }
    }

    /// Empty buckets only where they replace a span of their own.
    private func writeSide(
        _ snapshot: NativeSnapshot, _ buckets: [NativeBucket], _ spans: StaticString, _ counts: StaticString,
        to cursor: inout ByteCursor
    ) {
        cursor.append(spans)
        var isFirst = true
        for span in NativeSpans(buckets, maxGap: 1) {
            if !isFirst { cursor.append(UInt8(ascii: ",")) }
            isFirst = false
            if span.offset < 0 { cursor.append(UInt8(ascii: "-")) }
            cursor.append(decimal: UInt64(span.offset.magnitude))
            cursor.append(UInt8(ascii: ":"))
            cursor.append(decimal: UInt64(span.length))
        }
        cursor.append(counts)
        isFirst = true
        snapshot.forEachCount(buckets, maxGap: 1) { count in
            if !isFirst { cursor.append(UInt8(ascii: ",")) }
            isFirst = false
            cursor.append(decimal: count)
        }
        cursor.append(UInt8(ascii: "]"))
    }
}
