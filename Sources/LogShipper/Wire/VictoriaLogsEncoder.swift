import CurlHTTP

// Hot path: `encode` goes over every line. Measured by `scripts/bench shipper`.

/// VictoriaLogs' `/insert/jsonline`. It skips lines that are no JSON objects and answers 200, so such lines are wrapped:
/// `{"_msg": line}`, with the batch's time. Lines that it would skip for the length that they have in the request are not
/// sent and are dead letters.
final class VictoriaLogsEncoder: OutputEncoder {
    let contentType = "application/stream+json"
    let classes = ResponseClasses.victoriaLogs
    private(set) var repairedBytes = 0
    private let account: String
    private let accounts: [String: String]
    private let fixedHeaders: [(name: String, value: String)]
    private let messageField: String
    private let timeField: String
    private let maxLineBytes: Int
    private let fields: TimedFields
    /// Lines up to this length stay below the limit whatever they hold.
    private let alwaysFitBytes: Int
    private let scratch = GrowableBytes()

    /// - Parameter timeFields: the first is named to the destination, which reads the time itself.
    init(_ options: ShipperConfiguration.VictoriaLogsOptions, timeFields: [String]) {
        account = options.account
        accounts = options.accounts
        messageField = options.messageField
        maxLineBytes = options.maxLineBytes
        timeField = timeFields.first ?? "_time"
        fields = TimedFields(timeFields: [timeField])
        // A byte becomes six at most; around a line stand two names, a time and 12 bytes.
        let around = 64 + 6 * (timeField.utf8.count + messageField.utf8.count)
        alwaysFitBytes = max(0, options.maxLineBytes - around) / 6
        let extra = options.extraFields.map { "\($0.name)=\($0.value)" }
        fixedHeaders = [
            ("VL-Time-Field", timeField), ("VL-Msg-Field", messageField),
            ("VL-Stream-Fields", options.streamFields.joined(separator: ",")),
            ("VL-Ignore-Fields", options.ignoredFields.joined(separator: ",")),
            ("VL-Extra-Fields", extra.joined(separator: ",")),
        ].filter { !$0.value.isEmpty }
    }

    func headers(tenant: String) -> [(name: String, value: String)] {
        let pair = accounts[tenant] ?? (AccountPair(tenant) == nil ? account : tenant)
        let numbers = AccountPair(pair) ?? AccountPair(account: 0, project: 0)
        return [("AccountID", "\(numbers.account)"), ("ProjectID", "\(numbers.project)")]
            + fixedHeaders.map { ($0.name, TenantTemplate.fill($0.value, tenant)) }
    }

    func encode(_ unit: Unit, into sink: BodySink) {
        let body = sink.body
        var isEmpty = true
        unit.forEachLine { _, line in
            guard line.count <= maxLineBytes else { return }
            let start = body.count
            let repaired = appendLine(line, unit.batch, to: body)
            guard body.count &- start <= maxLineBytes else {
                body.count = start
                return
            }
            isEmpty = false
            repairedBytes &+= repaired
            body.append(0x0a)
            sink.drainIfFull()
        }
        // A body of nothing at all is no request.
        if isEmpty { body.append(0x0a) }
    }

    func verdict(_ response: HTTPResponse, for unit: Unit, nowWallNanos: Int64) -> Verdict {
        let usual = classes.verdict(response, nowWallNanos: nowWallNanos)
        guard usual == .delivered else { return usual }
        var fates: [Verdict.LineFate] = []
        var hasLong = false
        let refusal = Verdict.LineFate.rejected(status: 413, reason: "longer than max_line_bytes, \(maxLineBytes)")
        unit.forEachLine { _, line in
            let isLong = isTooLong(line, unit.batch)
            hasLong = hasLong || isLong
            fates.append(isLong ? refusal : .delivered)
        }
        return hasLong ? .lines(fates) : .delivered
    }

    /// Whether `encode` left the line out. Most are so short that even escaped they fit.
    private func isTooLong(_ line: UnsafeRawBufferPointer, _ batch: Batch) -> Bool {
        guard line.count <= maxLineBytes else { return true }
        guard line.count > alwaysFitBytes else { return false }
        scratch.count = 0
        _ = appendLine(line, batch, to: scratch)
        return scratch.count > maxLineBytes
    }

    /// Returns how many bytes had to be repaired.
    @inline(__always)
    private func appendLine(_ line: UnsafeRawBufferPointer, _ batch: Batch, to body: GrowableBytes) -> Int {
        switch shape(of: line) {
        case .object:
            body.append(line)
            return 0
        case .brokenText: return UTF8Text.appendRepaired(line, to: body)
        case .other: return wrap(line, batch, to: body)
        }
    }

    /// A line whose time cannot be read would be skipped as well, so it counts as no object.
    @inline(__always)
    private func shape(of line: UnsafeRawBufferPointer) -> LineFields.Shape {
        let shape = fields.fields.validate(line)
        if case .other = shape { return .other }
        return fields.fields[0] == .absent || fields.nanos(in: line) != nil ? shape : .other
    }

    private func wrap(_ line: UnsafeRawBufferPointer, _ batch: Batch, to body: GrowableBytes) -> Int {
        body.append(0x7b)
        JSONEscape.appendString(timeField, to: body)
        body.append(":\"")
        DecimalText.appendRFC3339(nanos: batch.closedWallNanos, to: body)
        body.append("\",")
        JSONEscape.appendString(messageField, to: body)
        body.append(":\"")
        defer { body.append("\"}") }
        return JSONEscape.appendContent(line, to: body)
    }
}

/// A tenant of VictoriaLogs: `AccountID:ProjectID`, or an `AccountID` alone.
struct AccountPair: Equatable {
    var account: UInt32
    var project: UInt32

    init(account: UInt32, project: UInt32) {
        self.account = account
        self.project = project
    }

    init?(_ text: String) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        let isPlain = text.utf8.allSatisfy { (0x30...0x3a).contains($0) }
        guard isPlain, parts.count <= 2, let account = UInt32(parts[0]),
            let project = parts.count == 2 ? UInt32(parts[1]) : 0
        else { return nil }
        self.init(account: account, project: project)
    }
}
