// Hot path: `scan` runs once a line. Measured by `scripts/bench shipper`.

/// What OTLP's two encodings have in common: which fields of a line become what of a log record.
final class OTLPFields {
    /// The places of the fields that are no attributes.
    private enum Place {
        static let severity = 0
        static let trace = 1
        static let span = 2
        static let attributes = 3
    }

    /// Attributes of the resource; `{tenant}` in a value stands for the tenant.
    let resource: [(name: String, value: String)]
    /// Names of the records' attributes.
    let attributes: [String]
    /// The place of the body's field, where one is configured.
    private let bodyPlace: Int?
    private let fields: TimedFields

    init(_ options: ShipperConfiguration.OTLPOptions, timeFields: [String]) {
        resource = options.resource
        attributes = options.attributes.map(\.name)
        var others = [options.severityField, options.traceField, options.spanField] + options.attributes.map(\.value)
        bodyPlace = options.bodyField.isEmpty ? nil : others.count
        if !options.bodyField.isEmpty { others.append(options.bodyField) }
        fields = TimedFields(timeFields: timeFields, others: others)
    }

    @inline(__always)
    func scan(_ line: UnsafeRawBufferPointer) { fields.fields.find(line) }

    @inline(__always)
    func nanos(in line: UnsafeRawBufferPointer) -> UInt64? {
        fields.nanos(in: line).map { UInt64(max(0, $0)) }
    }

    @inline(__always)
    func severity(in line: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
        fields[Place.severity].plainText(in: line)
    }

    @inline(__always)
    func trace(in line: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
        fields[Place.trace].plainText(in: line).flatMap { HexText.isIdentifier($0, digits: 32) ? $0 : nil }
    }

    @inline(__always)
    func span(in line: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
        fields[Place.span].plainText(in: line).flatMap { HexText.isIdentifier($0, digits: 16) ? $0 : nil }
    }

    /// The record's body: the configured field's text, or the whole line.
    @inline(__always)
    func withBody(of line: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) -> Void) {
        if let bodyPlace, fields[bodyPlace].hasText(in: line) {
            fields[bodyPlace].withText(in: line, body)
        } else {
            body(line)
        }
    }

    @inline(__always)
    func attribute(_ place: Int) -> FieldVerdict { fields[Place.attributes &+ place] }
}

/// An attribute's value in OpenTelemetry's types.
enum OTLPValue {
    case text
    case integer(Int64)
    case number(Double)
    case bool(Bool)

    /// Numbers that fit no `Int64` or `Double` without loss of their kind, arrays and objects stay text.
    init(_ value: FieldVerdict, in line: UnsafeRawBufferPointer) {
        self = .text
        guard case .notString(let start, let count) = value, count > 0, count <= 32 else { return }
        switch line[start] {
        case 0x74: self = .bool(true)
        case 0x66: self = .bool(false)
        case 0x7b, 0x5b: break
        default:
            let text = String(decoding: line[start..<(start + count)], as: UTF8.self)
            if let whole = Int64(text) {
                self = .integer(whole)
            } else if let number = Double(text), number.isFinite {
                self = .number(number)
            }
        }
    }
}
