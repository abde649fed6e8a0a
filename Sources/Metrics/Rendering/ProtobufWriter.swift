import Exposition

/// All fixed bytes of one family as an `io.prometheus.client.MetricFamily` (client_model, metrics.proto).
struct ProtobufParts: @unchecked Sendable {
    /// Name, help, type and unit.
    let head: UnsafeRawBufferPointer
    /// Of each `LabelPair` the field with the name, and the tag of the value.
    let labels: UnsafeBufferPointer<UnsafeRawBufferPointer>
    /// Of each `Bucket` the field with the upper bound, `+Inf` last.
    let bounds: UnsafeBufferPointer<UnsafeRawBufferPointer>
    /// Of each state the field with its label.
    let states: UnsafeBufferPointer<UnsafeRawBufferPointer>

    init(_ descriptor: FamilyDescriptor, names: WrittenNames, arena: PartArena) {
        head = arena.keep { cursor in
            cursor.append(field: 1, text: names.metric.text)
            cursor.append(field: 2, text: descriptor.help)
            cursor.append(field: 3, varint: descriptor.kind.protobufType)
            if !descriptor.unit.isEmpty { cursor.append(field: 5, text: descriptor.unit) }
        }
        labels = arena.keep(
            names.labels.map { label in
                arena.keep { cursor in
                    cursor.append(field: 1, text: label.text)
                    cursor.append(tag: 2, .lengthDelimited)
                }
            })
        states = arena.keep(
            descriptor.states.map { state in
                arena.keep { cursor in
                    cursor.append(field: 1) { pair in
                        pair.append(field: 1, text: names.metric.text)
                        pair.append(field: 2, text: state)
                    }
                }
            })
        let buckets = descriptor.kind == .histogram ? descriptor.buckets + [.infinity] : []
        bounds = arena.keep(buckets.map { bound in arena.keep { $0.append(field: 2, double: bound) } })
    }
}

/// Delimited protobuf: each child is a `Metric` in its family's message.
struct ProtobufWriter: RecordWriter {
    private let parts: ProtobufParts
    private let kind: MetricKind
    private let isFloat: Bool

    init(_ descriptor: FamilyDescriptor, _ parts: ProtobufParts) {
        self.parts = parts
        kind = descriptor.kind
        isFloat = descriptor.isFloat
    }

    /// Numbers of the fields of `MetricFamily`, `Metric` and its values.
    private enum Field {
        static let metric = 4
        static let label = 1
        static let gauge = 2
        static let counter = 3
        static let histogram = 7
    }

    @inline(__always)
    func write(_ record: SeriesRecord, to cursor: inout ByteCursor) {
        if kind == .stateset { return writeStates(record, to: &cursor) }
        cursor.append(field: Field.metric) { cursor in
            writeLabels(record, to: &cursor)
            if kind == .histogram {
                cursor.append(field: Field.histogram) { writeHistogram(record, to: &$0) }
            } else {
                let cells = record.cells
                let value = isFloat ? cells.floatTotal(at: 0) : Double(cells.total(at: 0))
                if kind == .counter {
                    cursor.append(field: Field.counter) { counter in
                        counter.append(field: 1, double: value)
                        writeTime(3, millis: record.createdMillis, to: &counter)
                    }
                } else {
                    writeNumber(value, to: &cursor)
                }
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
                writeNumber(Double(bits >> UInt64(index) & 1), to: &cursor)
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

    func write(_ sample: CallbackSample, to cursor: inout ByteCursor) {
        cursor.append(field: Field.metric) { cursor in
            for (position, value) in sample.0.enumerated() {
                let bytes = Array(value.utf8)
                bytes.withUnsafeBytes { writeLabel(position, $0, to: &cursor) }
            }
            writeNumber(sample.1, to: &cursor)
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
    private func writeNumber(_ value: Double, to cursor: inout ByteCursor) {
        cursor.append(tag: kind == .counter ? Field.counter : Field.gauge, .lengthDelimited)
        cursor.append(UInt8(9))
        cursor.append(field: 1, double: value)
    }

    /// Count, sum and cumulative buckets; `+Inf`, which equals the count, is understood.
    private func writeHistogram(_ record: SeriesRecord, to cursor: inout ByteCursor) {
        let bounds = parts.bounds
        var cumulated: UInt64 = 0
        for index in 0..<bounds.count {
            cumulated &+= record.cells.total(at: index)
            guard index < bounds.count - 1 else { break }
            let bound = bounds[index]
            cursor.append(tag: 3, .lengthDelimited)
            cursor.append(varint: UInt64(1 + ProtobufWire.varintSize(cumulated) + bound.count))
            cursor.append(field: 1, varint: cumulated)
            cursor.append(bound)
        }
        cursor.append(field: 1, varint: cumulated)
        cursor.append(field: 2, double: record.cells.floatTotal(at: bounds.count))
        writeTime(15, millis: record.createdMillis, to: &cursor)
    }

    /// A `google.protobuf.Timestamp`.
    private func writeTime(_ field: Int, millis: Int64, to cursor: inout ByteCursor) {
        let total = UInt64(max(millis, 0))
        cursor.append(field: field) { time in
            time.append(field: 1, varint: total / 1000)
            time.append(field: 2, varint: total % 1000 * 1_000_000)
        }
    }
}

extension MetricKind {
    /// The number of the type in `MetricType`; client libraries expose what it does not know as gauges.
    var protobufType: UInt64 {
        switch self {
        case .counter: 0
        case .gauge, .info, .stateset: 1
        case .summary: 2
        case .unknown: 3
        case .histogram: 4
        case .gaugehistogram: 5
        }
    }
}
