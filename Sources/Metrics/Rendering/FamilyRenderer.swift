import Exposition

/// Writes one family in a text format.
struct FamilyRenderer {
    let descriptor: FamilyDescriptor
    let format: ExpositionFormat
    private let style: FloatStyle
    /// Of a histogram: `name_bucket{`, then after the labels `le="0.5"} ` per bound, `+Inf` last.
    private let bucketHead: [UInt8]
    private let bucketTails: [[UInt8]]

    init(_ descriptor: FamilyDescriptor, format: ExpositionFormat) {
        self.descriptor = descriptor
        self.format = format
        style = format.isOpenMetrics ? .openMetrics : .go
        guard descriptor.kind == .histogram else {
            bucketHead = []
            bucketTails = []
            return
        }
        let style = style
        let comma = descriptor.labels.isEmpty ? "" : ","
        bucketHead = [UInt8]("\(descriptor.name)_bucket{".utf8)
        bucketTails = (descriptor.buckets + [.infinity]).map { bound in
            withByteCursor(capacity: 64) { cursor in
                cursor.append(comma)
                cursor.append("le=\"")
                cursor.append(bound, style: style)
                cursor.append("\"} ")
            }
        }
    }

    /// Appends TYPE, UNIT and HELP in the order of the format.
    func writeMetadata(to cursor: inout ByteCursor) {
        switch format {
        case .prometheusText004, .prometheusText100, .protobufDelimited:
            writeHelp(name: descriptor.name, to: &cursor)
            writeLine("# TYPE ", descriptor.name, descriptor.kind.text004Name, to: &cursor)
        case .openMetrics001, .openMetrics100, .openMetrics200:
            let name = descriptor.openMetricsName
            writeLine("# TYPE ", name, descriptor.kind.rawValue, to: &cursor)
            if !descriptor.unit.isEmpty { writeLine("# UNIT ", name, descriptor.unit, to: &cursor) }
            writeHelp(name: name, to: &cursor)
        }
    }

    private func writeLine(_ start: StaticString, _ name: String, _ rest: String, to cursor: inout ByteCursor) {
        cursor.append(start)
        cursor.append(name)
        cursor.append(" ")
        cursor.append(rest)
        cursor.append("\n")
    }

    private func writeHelp(name: String, to cursor: inout ByteCursor) {
        cursor.append("# HELP ")
        cursor.append(name)
        cursor.append(" ")
        cursor.append(escapingHelp: descriptor.help, format: format)
        cursor.append("\n")
    }

    /// Appends samples that a callback gave.
    func write(_ samples: [CallbackSample], to cursor: inout ByteCursor) {
        for (values, number) in samples {
            cursor.append(descriptor.name)
            cursor.append(labels: descriptor.labels, values: values, braces: true)
            cursor.append(UInt8(ascii: " "))
            cursor.append(number, style: style)
            cursor.append(UInt8(ascii: "\n"))
        }
    }

    /// Appends one child of a family.
    @inline(__always)
    func write(_ record: SeriesRecord, to cursor: inout ByteCursor) {
        if descriptor.kind == .histogram {
            writeHistogram(record, to: &cursor)
            return
        }
        if descriptor.kind == .stateset {
            writeStates(record, to: &cursor)
            return
        }
        cursor.append(record.text)
        if descriptor.isFloat {
            cursor.append(record.cells.floatTotal(at: 0), style: style)
        } else {
            cursor.append(decimal: record.cells.total(at: 0))
        }
        cursor.append(UInt8(ascii: "\n"))
    }

    private func writeHistogram(_ record: SeriesRecord, to cursor: inout ByteCursor) {
        var cumulated: UInt64 = 0
        for index in 0..<bucketTails.count {
            cumulated &+= record.cells.total(at: index)
            cursor.append(bucketHead)
            cursor.append(record.text)
            cursor.append(bucketTails[index])
            cursor.append(decimal: cumulated)
            cursor.append(UInt8(ascii: "\n"))
        }
        let sum = record.cells.floatTotal(at: bucketTails.count)
        // OpenMetrics 1.0, Histogram: no sum where observations may be negative, and no count without sum.
        if format.isOpenMetrics, sum < 0 || sum.isNaN || (descriptor.buckets.first ?? 0) < 0 { return }
        writeHistogramPart("_count", record, to: &cursor)
        cursor.append(decimal: cumulated)
        cursor.append(UInt8(ascii: "\n"))
        writeHistogramPart("_sum", record, to: &cursor)
        cursor.append(sum, style: style)
        cursor.append(UInt8(ascii: "\n"))
    }

    /// One line a state, the state in a label that is named like the family.
    private func writeStates(_ record: SeriesRecord, to cursor: inout ByteCursor) {
        let bits = record.cells.total(at: 0)
        for (position, state) in descriptor.states.enumerated() {
            cursor.append(descriptor.name)
            cursor.append("{")
            cursor.append(record.text)
            if !record.text.isEmpty { cursor.append(",") }
            cursor.append(descriptor.name)
            cursor.append("=\"")
            cursor.append(escapingLabelValue: state)
            cursor.append("\"} ")
            cursor.append(decimal: bits >> UInt64(position) & 1)
            cursor.append("\n")
        }
    }

    private func writeHistogramPart(_ suffix: StaticString, _ record: SeriesRecord, to cursor: inout ByteCursor) {
        cursor.append(descriptor.name)
        cursor.append(suffix)
        if record.text.isEmpty {
            cursor.append(UInt8(ascii: " "))
        } else {
            cursor.append(UInt8(ascii: "{"))
            cursor.append(record.text)
            cursor.append("} ")
        }
    }
}

extension MetricKind {
    /// The name of the type in text format 0.0.4.
    var text004Name: String {
        switch self {
        case .unknown: "untyped"
        case .info, .stateset, .gaugehistogram: "gauge"
        case .counter, .gauge, .histogram, .summary: rawValue
        }
    }
}

extension ByteCursor {
    @inline(__always)
    mutating func append(_ bytes: UnsafeRawBufferPointer) {
        if let base = bytes.baseAddress { append(base, count: bytes.count) }
    }
}
