import Exposition

/// Delimited protobuf: each child is a `Metric` in its family's message.
struct ProtobufWriter: RecordWriter {
    private let parts: ProtobufParts
    private let traits: FamilyTraits

    init(_ parts: ProtobufParts, _ traits: FamilyTraits) {
        self.parts = parts
        self.traits = traits
    }

    /// Numbers of the fields of `MetricFamily` and `Metric`.
    private enum Field {
        static let metric = 4
        static let label = 1
        static let gauge = 2
        static let counter = 3
        static let histogram = 7
    }

    @inline(__always)
    func write(_ record: SeriesRecord, to cursor: inout ByteCursor) {
        if traits.kind == .stateset { return writeStates(record, to: &cursor) }
        if traits.isNative, !traits.readNative(record) { return }
        if traits.kind == .counter, !traits.hasExemplars { return writePlainCounter(record, to: &cursor) }
        cursor.append(field: Field.metric) { cursor in
            writeLabels(record, to: &cursor)
            switch traits.kind {
            case .histogram: cursor.append(field: Field.histogram) { writeHistogram(record, to: &$0) }
            case .counter: cursor.append(field: Field.counter) { writeCounter(record, to: &$0) }
            default: writeGauge(number(record), to: &cursor)
            }
        }
    }

    /// A counter without an exemplar, whose lengths are known before: nothing is moved.
    @inline(__always)
    private func writePlainCounter(_ record: SeriesRecord, to cursor: inout ByteCursor) {
        let millis = UInt64(max(record.createdMillis, 0))
        let seconds = millis / 1000
        let nanos = millis % 1000 * 1_000_000
        let timeBytes = 2 + ProtobufWire.varintSize(seconds) + ProtobufWire.varintSize(nanos)
        // Fields of one digit have tags of one byte, and these lengths are below 128.
        let counterBytes = 9 + 2 + timeBytes
        cursor.append(tag: Field.metric, .lengthDelimited)
        cursor.append(varint: UInt64(labelBytes(record) + 2 + counterBytes))
        writeLabels(record, to: &cursor)
        cursor.append(tag: Field.counter, .lengthDelimited)
        cursor.append(varint: UInt64(counterBytes))
        cursor.append(field: 1, double: number(record))
        cursor.append(tag: 3, .lengthDelimited)
        cursor.append(varint: UInt64(timeBytes))
        cursor.append(field: 1, varint: seconds)
        cursor.append(field: 2, varint: nanos)
    }

    /// What ``writeLabels(_:to:)`` writes.
    @inline(__always)
    private func labelBytes(_ record: SeriesRecord) -> Int {
        var position = 0
        var total = 0
        LabelKey.forEachValue(of: record.key) { value in
            guard position < parts.labels.count else { return }
            let pair = parts.labels[position].count + ProtobufWire.varintSize(UInt64(value.count)) + value.count
            total += 1 + ProtobufWire.varintSize(UInt64(pair)) + pair
            position += 1
        }
        return total
    }

    func write(_ sample: CallbackSample, to cursor: inout ByteCursor) {
        cursor.append(field: Field.metric) { cursor in
            for (position, value) in sample.0.enumerated() {
                let bytes = Array(value.utf8)
                bytes.withUnsafeBytes { writeLabel(position, $0, to: &cursor) }
            }
            if traits.kind == .counter {
                cursor.append(field: Field.counter) { $0.append(field: 1, double: sample.1) }
            } else {
                writeGauge(sample.1, to: &cursor)
            }
        }
    }

    /// A gauge a state, the state in a label that is named like the family.
    private func writeStates(_ record: SeriesRecord, to cursor: inout ByteCursor) {
        let bits = record.cells.total(at: 0)
        for index in 0..<parts.states.count {
            cursor.append(field: Field.metric) { cursor in
                writeLabels(record, to: &cursor)
                cursor.append(parts.states[index])
                writeGauge(Double(bits >> UInt64(index) & 1), to: &cursor)
            }
        }
    }

    @inline(__always)
    private func writeLabels(_ record: SeriesRecord, to cursor: inout ByteCursor) {
        var position = 0
        LabelKey.forEachValue(of: record.key) { value in
            writeLabel(position, UnsafeRawBufferPointer(value), to: &cursor)
            position += 1
        }
    }

    @inline(__always)
    private func writeLabel(_ position: Int, _ value: UnsafeRawBufferPointer, to cursor: inout ByteCursor) {
        guard position < parts.labels.count else { return }
        let head = parts.labels[position]
        cursor.append(tag: Field.label, .lengthDelimited)
        let size = UInt64(value.count)
        cursor.append(varint: UInt64(head.count + ProtobufWire.varintSize(size) + value.count))
        cursor.append(head)
        cursor.append(varint: size)
        cursor.append(value)
    }

    @inline(__always)
    private func number(_ record: SeriesRecord) -> Double {
        traits.isFloat ? record.cells.floatTotal(at: 0) : Double(record.cells.total(at: 0))
    }

    @inline(__always)
    private func writeGauge(_ value: Double, to cursor: inout ByteCursor) {
        cursor.append(tag: Field.gauge, .lengthDelimited)
        cursor.append(UInt8(9))
        cursor.append(field: 1, double: value)
    }

    /// `Counter`: value = 1, exemplar = 2, created_timestamp = 3.
    @inline(__always)
    private func writeCounter(_ record: SeriesRecord, to cursor: inout ByteCursor) {
        cursor.append(field: 1, double: number(record))
        if let exemplar = traits.exemplar(record, 0) {
            cursor.append(field: 2) { $0.append(protobufExemplar: exemplar) }
        }
        cursor.append(field: 3, timeOfMillis: record.createdMillis)
    }

    /// `Histogram`: sample_count = 1, sample_sum = 2, bucket = 3, native fields, created_timestamp = 15.
    private func writeHistogram(_ record: SeriesRecord, to cursor: inout ByteCursor) {
        let snapshot = traits.scratch.snapshot
        var created = record.createdMillis
        if traits.isNative {
            cursor.append(field: 1, varint: snapshot.count)
            cursor.append(field: 2, double: snapshot.sum)
            writeNative(snapshot, to: &cursor)
            writeNativeExemplars(record, to: &cursor)
            if traits.isNativeOnly, let reset = snapshot.resetMillis { created = reset }
        }
        if !traits.isNativeOnly { writeBuckets(record, limit: traits.isNative ? snapshot.count : .max, to: &cursor) }
        cursor.append(field: 15, timeOfMillis: created)
    }

    /// Cumulative buckets; `+Inf`, which equals the count, is understood unless it has an exemplar.
    private func writeBuckets(_ record: SeriesRecord, limit: UInt64, to cursor: inout ByteCursor) {
        let bounds = parts.bounds
        var cumulated: UInt64 = 0
        for index in 0..<bounds.count {
            cumulated &+= record.cells.total(at: index)
            let exemplar = traits.exemplar(record, index)
            guard index < bounds.count - 1 || exemplar != nil else { break }
            let shown = min(cumulated, limit)
            let bound = bounds[index]
            cursor.append(field: 3) { bucket in
                bucket.append(field: 1, varint: shown)
                bucket.append(bound)
                if let exemplar { bucket.append(field: 3) { $0.append(protobufExemplar: exemplar) } }
            }
        }
        guard !traits.isNative else { return }
        cursor.append(field: 1, varint: cumulated)
        cursor.append(field: 2, double: record.cells.floatTotal(at: bounds.count))
    }

    /// schema = 5, zero_threshold = 6, zero_count = 7, negative span = 9 and delta = 10, positive span = 12 and
    /// delta = 13.
    private func writeNative(_ snapshot: NativeSnapshot, to cursor: inout ByteCursor) {
        cursor.append(field: 5, zigzag: Int64(snapshot.schema))
        cursor.append(field: 6, double: snapshot.zeroThreshold)
        cursor.append(field: 7, varint: snapshot.zeroCount)
        writeSide(snapshot, snapshot.negative, span: 9, delta: 10, to: &cursor)
        writeSide(snapshot, snapshot.positive, span: 12, delta: 13, to: &cursor)
        if snapshot.zeroThreshold == 0, snapshot.positive.isEmpty, snapshot.negative.isEmpty {
            // Without any native field that is not zero it would be taken for a classic histogram.
            writeSpan(12, offset: 0, length: 0, to: &cursor)
        }
    }

    private func writeSide(
        _ snapshot: NativeSnapshot, _ buckets: [NativeBucket], span: Int, delta: Int, to cursor: inout ByteCursor
    ) {
        for part in NativeSpans(buckets, maxGap: 2) {
            writeSpan(span, offset: part.offset, length: part.length, to: &cursor)
        }
        var last: UInt64 = 0
        snapshot.forEachCount(buckets, maxGap: 2) { count in
            cursor.append(field: delta, zigzag: Int64(bitPattern: count &- last))
            last = count
        }
    }

    /// `BucketSpan`: offset = 1 (sint32), length = 2.
    private func writeSpan(_ field: Int, offset: Int64, length: Int64, to cursor: inout ByteCursor) {
        cursor.append(field: field) { span in
            span.append(field: 1, zigzag: offset)
            span.append(field: 2, varint: UInt64(length))
        }
    }

    private func writeNativeExemplars(_ record: SeriesRecord, to cursor: inout ByteCursor) {
        guard traits.hasExemplars, let shape = traits.shape else { return }
        for slot in shape.nativeExemplarSlots {
            guard let exemplar = traits.exemplar(record, slot) else { continue }
            cursor.append(field: 16) { $0.append(protobufExemplar: exemplar) }
        }
    }
}
