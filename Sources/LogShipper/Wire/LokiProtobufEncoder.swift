import CurlHTTP

// Hot path: `appendEntry` runs once a line. Measured by `scripts/bench shipper`.

/// Loki's protobuf push (`logproto.PushRequest`), to be compressed with snappy: one stream a request.
final class LokiProtobufEncoder: OutputEncoder {
    let contentType = "application/x-protobuf"
    let classes = ResponseClasses.loki
    private(set) var repairedBytes = 0
    private let source: LokiFields
    private let message = ProtobufMessage()
    private let labelText = GrowableBytes()

    init(_ source: LokiFields) {
        self.source = source
    }

    func verdict(_ response: HTTPResponse, for unit: Unit, nowWallNanos: Int64) -> Verdict {
        source.verdict(response, for: unit) ?? classes.verdict(response, nowWallNanos: nowWallNanos)
    }

    func encode(_ unit: Unit, into sink: BodySink) {
        setLabels(unit.batch.tenantName)
        message.start(headRoom: labelText.count + 64)
        unit.forEachLine { appendEntry($1, $0, unit.batch) }
        // PushRequest.streams = 1, StreamAdapter.labels = 1; the entries follow.
        message.prependBytes(1, labelText.bytes)
        message.prependLength(1)
        sink.pass(message.bytes)
    }

    @inline(__always)
    private func appendEntry(_ line: UnsafeRawBufferPointer, _ index: Int, _ batch: Batch) {
        source.fields.fields.find(line)
        let nanos = source.nanos(of: line, at: index, in: batch)
        let entry = message.begin(2)
        let time = message.begin(1)
        message.appendVarint(1, nanos / 1_000_000_000)
        message.appendVarint(2, nanos % 1_000_000_000)
        message.end(time)
        repairedBytes &+= message.appendText(2, line)
        for (place, name) in source.metadata.enumerated() where source.fields[place].hasText(in: line) {
            let pair = message.begin(3)
            message.appendText(1, name)
            source.fields[place].withText(in: line) { _ = message.appendText(2, $0) }
            message.end(pair)
        }
        message.end(entry)
    }

    /// `{a="b", c="d"}`: values between quotes as in Go, which wants quotes, backslashes and line feeds escaped.
    private func setLabels(_ tenant: String) {
        labelText.count = 0
        labelText.append(0x7b)
        for (index, label) in source.labels.enumerated() {
            if index > 0 { labelText.append(", ") }
            labelText.append(Array(label.name.utf8))
            labelText.append("=\"")
            for byte in TenantTemplate.fill(label.value, tenant).utf8 {
                switch byte {
                case 0x22, 0x5c: labelText.append([0x5c, byte])
                case 0x0a: labelText.append("\\n")
                default: labelText.append(byte)
                }
            }
            labelText.append(0x22)
        }
        labelText.append(0x7d)
    }
}
