import CurlHTTP

// Hot path: `appendRecord` runs once a line. Measured by `scripts/bench shipper`.

/// OTLP/HTTP logs as protobuf (opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest).
final class OTLPProtobufEncoder: OutputEncoder {
    let contentType = "application/x-protobuf"
    let classes = ResponseClasses.otlp
    private(set) var repairedBytes = 0
    private let source: OTLPFields
    private let message = ProtobufMessage()
    private let resource = ProtobufMessage()
    private let scope = ProtobufMessage()

    init(_ source: OTLPFields) {
        self.source = source
        scope.start(headRoom: 0)
        scope.appendText(1, "log-shipper")
    }

    func verdict(_ response: HTTPResponse, for unit: Unit, nowWallNanos: Int64) -> Verdict {
        OTLPResponse.verdict(response, lineCount: unit.lineCount, classes, nowWallNanos: nowWallNanos)
    }

    func encode(_ unit: Unit, into sink: BodySink) {
        resource.start(headRoom: 0)
        for attribute in source.resource {
            appendPair(to: resource, 1, attribute.name) { value in
                value.appendText(1, TenantTemplate.fill(attribute.value, unit.batch.tenantName))
            }
        }
        message.start(headRoom: resource.bytes.count + scope.bytes.count + 64)
        unit.forEachLine { appendRecord($1, unit.batch) }
        // ScopeLogs.scope = 1 before its log_records = 2; ResourceLogs.resource = 1 before its scope_logs = 2.
        message.prependBytes(1, scope.bytes)
        message.prependLength(2)
        message.prependBytes(1, resource.bytes)
        message.prependLength(1)
        sink.pass(message.bytes)
    }

    @inline(__always)
    private func appendRecord(_ line: UnsafeRawBufferPointer, _ batch: Batch) {
        source.scan(line)
        let record = message.begin(2)
        if let nanos = source.nanos(in: line) {
            message.appendFixed64(1, nanos)
        } else {
            message.appendFixed64(11, UInt64(max(0, batch.closedWallNanos)))
        }
        if let level = source.severity(in: line) {
            if let number = Severity.number(level) { message.appendVarint(2, UInt64(number)) }
            _ = message.appendText(3, level)
        }
        let body = message.begin(5)
        source.withBody(of: line) { repairedBytes &+= message.appendText(1, $0) }
        message.end(body)
        if !source.attributes.isEmpty { appendAttributes(line) }
        if let trace = source.trace(in: line) { message.appendHex(9, trace) }
        if let span = source.span(in: line) { message.appendHex(10, span) }
        message.end(record)
    }

    private func appendAttributes(_ line: UnsafeRawBufferPointer) {
        for (place, name) in source.attributes.enumerated() where source.attribute(place).hasText(in: line) {
            let found = source.attribute(place)
            appendPair(to: message, 6, name) { value in
                switch OTLPValue(found, in: line) {
                case .bool(let flag): value.appendVarint(2, flag ? 1 : 0)
                case .integer(let whole): value.appendVarint(3, UInt64(bitPattern: whole))
                case .number(let number): value.appendFixed64(4, number.bitPattern)
                case .text: found.withText(in: line) { _ = value.appendText(1, $0) }
                }
            }
        }
    }

    /// A `KeyValue`: key = 1, and `AnyValue` value = 2, which `content` writes.
    private func appendPair(
        to message: ProtobufMessage, _ field: UInt8, _ name: String, _ content: (ProtobufMessage) -> Void
    ) {
        let pair = message.begin(field)
        message.appendText(1, name)
        let value = message.begin(2)
        content(message)
        message.end(value)
        message.end(pair)
    }
}
