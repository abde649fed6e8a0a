import CurlHTTP

// Hot path: `appendEntry` runs once a line. Measured by `scripts/bench shipper`.

/// What Loki's two encodings have in common.
///
/// The time is the line's own, so that a repeated request is recognised by Loki as one (it drops entries whose stream,
/// time and text are equal). Lines without one take the time the batch was closed, each a nanosecond more than the one
/// before, or Loki would drop the second of two equal ones.
final class LokiFields {
    let labels: [(name: String, value: String)]
    /// Names of structured metadata; the field of each is the other field of the same place.
    let metadata: [String]
    let fields: TimedFields

    /// - Parameters:
    ///   - labels: the stream's labels; `{tenant}` in a value stands for the tenant.
    ///   - metadata: structured metadata, each with the top-level key that it comes from.
    ///   - timeFields: top-level keys that may hold the time; the first that a line has counts.
    init(
        labels: [(name: String, value: String)], metadata: [(name: String, value: String)], timeFields: [String]
    ) {
        self.labels = labels
        self.metadata = metadata.map(\.name)
        fields = TimedFields(timeFields: timeFields, others: metadata.map(\.value))
    }

    /// The time of a line of a batch, after its fields were found.
    @inline(__always)
    func nanos(of line: UnsafeRawBufferPointer, at index: Int, in batch: Batch) -> UInt64 {
        UInt64(max(0, fields.nanos(in: line) ?? batch.closedWallNanos &+ Int64(index)))
    }

    /// What a 400 means: only the lines that it covers are refused. Where it does not say which, they have to be found.
    func verdict(_ response: HTTPResponse, for unit: Unit) -> Verdict? {
        let refusals = LokiRefusals(response.body)
        guard response.status == 400, refusals.tellsLines else { return nil }
        let refusal = Verdict.LineFate.rejected(status: 400, reason: ResponseClasses.excerpt(response.body))
        var covered: [Bool] = []
        unit.forEachLine { index, line in
            fields.fields.find(line)
            let nanos = nanos(of: line, at: index, in: unit.batch)
            covered.append(refusals.covers(nanos: nanos, bytes: line.count))
        }
        let count = covered.count { $0 }
        guard count > 0 else { return nil }
        let wasStored = refusals.restWasStored(covered: count, lineCount: covered.count)
        return .lines(covered.map { $0 ? refusal : wasStored ? .delivered : .retry })
    }
}

/// Loki's JSON push: one stream a request, `[nanoseconds as a string, line]` for each line, and structured metadata as a
/// third element where configured.
final class LokiEncoder: OutputEncoder {
    let contentType = "application/json"
    let classes = ResponseClasses.loki
    private(set) var repairedBytes = 0
    private let source: LokiFields

    init(_ source: LokiFields) {
        self.source = source
    }

    func verdict(_ response: HTTPResponse, for unit: Unit, nowWallNanos: Int64) -> Verdict {
        source.verdict(response, for: unit) ?? classes.verdict(response, nowWallNanos: nowWallNanos)
    }

    func encode(_ unit: Unit, into sink: BodySink) {
        let body = sink.body
        body.append("{\"streams\":[{\"stream\":")
        JSONText.appendObject(source.labels, tenant: unit.batch.tenantName, to: body)
        body.append(",\"values\":[")
        var isFirst = true
        unit.forEachLine { index, line in
            if !isFirst { body.append(0x2c) }
            isFirst = false
            appendEntry(line, index, unit.batch, to: body)
            sink.drainIfFull()
        }
        body.append("]}]}")
    }

    @inline(__always)
    private func appendEntry(_ line: UnsafeRawBufferPointer, _ index: Int, _ batch: Batch, to body: GrowableBytes) {
        source.fields.fields.find(line)
        body.append("[\"")
        DecimalText.append(source.nanos(of: line, at: index, in: batch), to: body)
        body.append("\",\"")
        repairedBytes &+= JSONEscape.appendContent(line, to: body)
        body.append(0x22)
        if !source.metadata.isEmpty { appendMetadata(line, to: body) }
        body.append(0x5d)
    }

    private func appendMetadata(_ line: UnsafeRawBufferPointer, to body: GrowableBytes) {
        let start = body.count
        for (place, name) in source.metadata.enumerated() where source.fields[place].hasText(in: line) {
            body.append(body.count == start ? ",{" : ",")
            JSONEscape.appendString(name, to: body)
            body.append(":\"")
            source.fields[place].withText(in: line) { _ = JSONEscape.appendContent($0, to: body) }
            body.append(0x22)
        }
        if body.count > start { body.append(0x7d) }
    }
}
