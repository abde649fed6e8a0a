import CurlHTTP

// Hot path: `appendLine` runs once a line. Measured by `scripts/bench shipper`.

/// Splunk's HTTP event collector: events one after another. A line that is a JSON object is the event as it is, any other
/// is a string.
final class SplunkEncoder: OutputEncoder {
    let contentType = "application/json"
    let classes = ResponseClasses.splunk
    private(set) var repairedBytes = 0
    private let metadata: [(name: String, value: String)]
    private let indexedFields: [(name: String, value: String)]
    private let fields: TimedFields
    /// What stands before the time of every event of a request.
    private let head = GrowableBytes()

    init(_ options: ShipperConfiguration.SplunkOptions, timeFields: [String]) {
        metadata = options.metadata
        indexedFields = options.fields
        fields = TimedFields(timeFields: timeFields)
    }

    func verdict(_ response: HTTPResponse, for unit: Unit, nowWallNanos: Int64) -> Verdict {
        SplunkResponse.verdict(response, lineCount: unit.lineCount, classes, nowWallNanos: nowWallNanos)
    }

    func encode(_ unit: Unit, into sink: BodySink) {
        let body = sink.body
        setHead(unit.batch.tenantName)
        unit.forEachLine { _, line in
            appendLine(line, unit.batch, to: body)
            sink.drainIfFull()
        }
    }

    @inline(__always)
    private func appendLine(_ line: UnsafeRawBufferPointer, _ batch: Batch, to body: GrowableBytes) {
        let shape = fields.fields.validate(line)
        var time: Int64?
        if case .other = shape {} else { time = fields.nanos(in: line) }
        let nanos = UInt64(max(0, time ?? batch.closedWallNanos))
        body.append(head.bytes)
        DecimalText.append(nanos / 1_000_000_000, to: body)
        body.append(0x2e)
        DecimalText.append(nanos % 1_000_000_000, digits: 9, to: body)
        body.append(",\"event\":")
        repairedBytes += JSONLine.append(line, shape, to: body)
        body.append("}\n")
    }

    private func setHead(_ tenant: String) {
        head.count = 0
        head.append(0x7b)
        for (name, value) in metadata {
            JSONEscape.appendString(name, to: head)
            head.append(0x3a)
            JSONEscape.appendString(TenantTemplate.fill(value, tenant), to: head)
            head.append(0x2c)
        }
        if !indexedFields.isEmpty {
            head.append("\"fields\":")
            JSONText.appendObject(indexedFields, tenant: tenant, to: head)
            head.append(0x2c)
        }
        head.append("\"time\":")
    }
}
