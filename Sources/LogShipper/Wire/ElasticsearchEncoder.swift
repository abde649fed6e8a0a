import CurlHTTP

// Hot path: `appendLine` runs once a line. Measured by `scripts/bench shipper`.

/// Elasticsearch's and OpenSearch's `_bulk`: an action and a document for each line, two lines of NDJSON.
///
/// The action is `create`, the only one that data streams take, with an `_id` made of the file's key and the line's
/// offset. It is the same in a retry and after a restart, so a line that arrives twice is answered with 409, which is
/// success. Lines that are JSON objects are the documents; others stand in a document's `message`. A document without
/// `@timestamp` gets one, as data streams demand.
final class ElasticsearchEncoder: OutputEncoder {
    let contentType = "application/x-ndjson"
    let classes = ResponseClasses.elasticsearch
    private(set) var repairedBytes = 0
    private let index: String
    private let query: String
    private let fields: TimedFields
    private let fileKey: (FileSerial) -> UInt64
    /// `{"create":{"_id":"<key>-` of the file of the line before.
    private let action = GrowableBytes()
    private var actionFile: FileSerial?

    /// - Parameters:
    ///   - timeFields: top-level keys that may hold the time; the first that a line has counts.
    ///   - fileKey: a number for each file that is the same after a restart.
    init(
        _ options: ShipperConfiguration.ElasticsearchOptions, timeFields: [String],
        fileKey: @escaping (FileSerial) -> UInt64
    ) {
        index = options.index
        let parameters = [("filter_path", options.filterPath), ("pipeline", options.pipeline)]
            .filter { !$0.1.isEmpty }
        query = parameters.map { "\($0.0)=\(TenantTemplate.percentEncoded($0.1))" }.joined(separator: "&")
        fields = TimedFields(timeFields: timeFields, others: ["@timestamp"])
        self.fileKey = fileKey
    }

    /// `base` is the address of the cluster, with or without `/_bulk` at its end.
    func url(_ base: String, tenant: String) -> String {
        var root = base[...]
        for end in ["/_bulk", "/"] where root.hasSuffix(end) { root = root.dropLast(end.count) }
        let name = TenantTemplate.percentEncoded(TenantTemplate.fill(index, tenant.lowercased()))
        return "\(root)/\(name)/_bulk" + (query.isEmpty ? "" : "?\(query)")
    }

    /// An item is about 30 bytes with the default `filter_path`, and an error's reason some hundred.
    func maxResponseBytes(lineCount: Int) -> Int { (64 << 10) + min(lineCount, 64 << 10) * 1024 }

    func verdict(_ response: HTTPResponse, for unit: Unit, nowWallNanos: Int64) -> Verdict {
        let usual = classes.verdict(response, nowWallNanos: nowWallNanos)
        guard usual == .delivered else { return usual }
        return ElasticsearchResponse(response.body, lineCount: unit.lineCount)
            .verdict(lineCount: unit.lineCount, afterNanos: nil)
    }

    func encode(_ unit: Unit, into sink: BodySink) {
        let body = sink.body
        actionFile = nil
        let sources = unit.batch.lines
        unit.forEachLine { index, line in
            appendLine(line, sources[index], unit.batch, to: body)
            sink.drainIfFull()
        }
    }

    @inline(__always)
    private func appendLine(_ line: UnsafeRawBufferPointer, _ source: LineRef, _ batch: Batch, to body: GrowableBytes) {
        if source.file != actionFile { setAction(source.file) }
        body.append(action.bytes)
        DecimalText.append(UInt64(max(0, source.fileOffset)), to: body)
        body.append("\"}}\n")
        let shape = fields.fields.validate(line)
        if case .other = shape {
            body.append("{\"@timestamp\":\"")
            DecimalText.appendRFC3339(nanos: batch.closedWallNanos, to: body)
            body.append("\",\"message\":\"")
            repairedBytes += JSONEscape.appendContent(line, to: body)
            body.append("\"}\n")
            return
        }
        if fields[0] != .absent {
            repairedBytes += JSONLine.append(line, shape, to: body)
        } else {
            let (rest, isEmpty) = JSONLine.inside(line)
            body.append("{\"@timestamp\":\"")
            appendTime(line, batch, to: body)
            body.append("\"")
            if !isEmpty { body.append(0x2c) }
            repairedBytes += JSONLine.append(rest, shape, to: body)
        }
        body.append(0x0a)
    }

    @inline(__always)
    private func appendTime(_ line: UnsafeRawBufferPointer, _ batch: Batch, to body: GrowableBytes) {
        if let text = fields.isoText(in: line) {
            body.append(text)
        } else {
            DecimalText.appendRFC3339(nanos: fields.nanos(in: line) ?? batch.closedWallNanos, to: body)
        }
    }

    private func setAction(_ file: FileSerial) {
        actionFile = file
        action.count = 0
        action.append("{\"create\":{\"_id\":\"")
        HexText.append(fileKey(file), to: action)
        action.append(0x2d)
    }
}
