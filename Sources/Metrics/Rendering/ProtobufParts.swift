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
                        pair.append(field: 1, text: names.state.text)
                        pair.append(field: 2, text: state)
                    }
                }
            })
        let buckets = descriptor.kind == .histogram ? descriptor.buckets + [.infinity] : []
        bounds = arena.keep(buckets.map { bound in arena.keep { $0.append(field: 2, double: bound) } })
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
