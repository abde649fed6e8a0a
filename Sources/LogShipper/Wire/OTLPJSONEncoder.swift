import CurlHTTP

// Hot path: `appendRecord` runs once a line. Measured by `scripts/bench shipper`.

/// OTLP/HTTP logs as JSON (ExportLogsServiceRequest): lowerCamelCase keys, ids in hexadecimal, 64-bit numbers as strings.
final class OTLPJSONEncoder: OutputEncoder {
    let contentType = "application/json"
    let classes = ResponseClasses.otlp
    private(set) var repairedBytes = 0
    private let source: OTLPFields

    init(_ source: OTLPFields) {
        self.source = source
    }

    func verdict(_ response: HTTPResponse, for unit: Unit, nowWallNanos: Int64) -> Verdict {
        OTLPResponse.verdict(response, lineCount: unit.lineCount, classes, nowWallNanos: nowWallNanos)
    }

    func encode(_ unit: Unit, into sink: BodySink) {
        let body = sink.body
        body.append("{\"resourceLogs\":[{\"resource\":{\"attributes\":[")
        for (index, attribute) in source.resource.enumerated() {
            appendKey(attribute.name, isFirst: index == 0, to: body)
            body.append("{\"stringValue\":")
            JSONEscape.appendString(TenantTemplate.fill(attribute.value, unit.batch.tenantName), to: body)
            body.append("}}")
        }
        body.append("]},\"scopeLogs\":[{\"scope\":{\"name\":\"log-shipper\"},\"logRecords\":[")
        var isFirst = true
        unit.forEachLine { _, line in
            if !isFirst { body.append(0x2c) }
            isFirst = false
            appendRecord(line, unit.batch, to: body)
            sink.drainIfFull()
        }
        body.append("]}]}]}")
    }

    @inline(__always)
    private func appendRecord(_ line: UnsafeRawBufferPointer, _ batch: Batch, to body: GrowableBytes) {
        source.scan(line)
        if let nanos = source.nanos(in: line) {
            body.append("{\"timeUnixNano\":\"")
            DecimalText.append(nanos, to: body)
        } else {
            body.append("{\"observedTimeUnixNano\":\"")
            DecimalText.append(UInt64(max(0, batch.closedWallNanos)), to: body)
        }
        body.append(0x22)
        if let level = source.severity(in: line) { appendSeverity(level, to: body) }
        if let trace = source.trace(in: line) { append(",\"traceId\":\"", trace, to: body) }
        if let span = source.span(in: line) { append(",\"spanId\":\"", span, to: body) }
        body.append(",\"body\":{\"stringValue\":\"")
        source.withBody(of: line) { repairedBytes &+= JSONEscape.appendContent($0, to: body) }
        body.append("\"}")
        if !source.attributes.isEmpty { appendAttributes(line, to: body) }
        body.append(0x7d)
    }

    private func appendSeverity(_ level: UnsafeRawBufferPointer, to body: GrowableBytes) {
        if let number = Severity.number(level) {
            body.append(",\"severityNumber\":")
            DecimalText.append(UInt64(number), to: body)
        }
        append(",\"severityText\":\"", level, to: body)
    }

    @inline(__always)
    private func append(_ head: StaticString, _ text: UnsafeRawBufferPointer, to body: GrowableBytes) {
        body.append(head)
        _ = JSONEscape.appendContent(text, to: body)
        body.append(0x22)
    }

    private func appendAttributes(_ line: UnsafeRawBufferPointer, to body: GrowableBytes) {
        body.append(",\"attributes\":[")
        let start = body.count
        for (place, name) in source.attributes.enumerated() where source.attribute(place).hasText(in: line) {
            let value = source.attribute(place)
            appendKey(name, isFirst: body.count == start, to: body)
            switch OTLPValue(value, in: line) {
            case .integer(let whole): body.append(Array("{\"intValue\":\"\(whole)\"}}".utf8))
            case .number(let number): body.append(Array("{\"doubleValue\":\(number)}}".utf8))
            case .bool(let flag): body.append(flag ? "{\"boolValue\":true}}" : "{\"boolValue\":false}}")
            case .text:
                body.append("{\"stringValue\":\"")
                value.withText(in: line) { _ = JSONEscape.appendContent($0, to: body) }
                body.append("\"}}")
            }
        }
        body.append(0x5d)
    }

    private func appendKey(_ name: String, isFirst: Bool, to body: GrowableBytes) {
        body.append(isFirst ? "{\"key\":" : ",{\"key\":")
        JSONEscape.appendString(name, to: body)
        body.append(",\"value\":")
    }
}
