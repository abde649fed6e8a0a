/// Loki's JSON push: one stream a request, `[nanoseconds as a string, line]` for each line.
///
/// The time is the line's own, so that a repeated request is recognised by Loki as one (it drops entries whose stream,
/// time and text are equal); lines without one take the time the batch was closed.
final class LokiEncoder: OutputEncoder {
    let contentType = "application/json"
    let classes = ResponseClasses.loki
    private(set) var repairedBytes = 0
    private let labels: [(name: String, value: String)]
    private let timeScanners: [FieldScanner]
    private let body = GrowableBytes(capacity: 64 << 10)

    /// - Parameters:
    ///   - labels: the stream's labels; `{tenant}` in a value stands for the tenant.
    ///   - timeFields: top-level keys that may hold the time; the first that a line has counts.
    init(labels: [(name: String, value: String)], timeFields: [String]) {
        self.labels = labels
        timeScanners = timeFields.map { FieldScanner(key: $0) }
    }

    func encode(_ unit: Unit) -> UnsafeRawBufferPointer {
        body.count = 0
        body.append("{\"streams\":[{\"stream\":{")
        for (index, label) in labels.enumerated() {
            if index > 0 { body.append(0x2c) }
            JSONEscape.appendString(label.name, to: body)
            body.append(0x3a)
            JSONEscape.appendString(TenantTemplate.fill(label.value, unit.batch.tenantName), to: body)
        }
        body.append("},\"values\":[")
        var isFirst = true
        unit.forEachLine { _, line in
            if !isFirst { body.append(0x2c) }
            isFirst = false
            body.append("[\"")
            appendNumber(nanos(of: line) ?? unit.batch.closedWallNanos)
            body.append("\",\"")
            repairedBytes += JSONEscape.appendContent(line, to: body)
            body.append("\"]")
        }
        body.append("]}]}")
        return body.bytes
    }

    private func nanos(of line: UnsafeRawBufferPointer) -> Int64? {
        for scanner in timeScanners {
            switch scanner.scan(line) {
            case .plain(let start, let count):
                let text = UnsafeRawBufferPointer(rebasing: line[start..<(start + count)])
                return Timestamp.nanos(rfc3339: text) ?? Timestamp.nanos(epoch: text)
            case .notString(let start, let count):
                return Timestamp.nanos(epoch: UnsafeRawBufferPointer(rebasing: line[start..<(start + count)]))
            case .escaped, .absent, .ambiguous, .notJSON: continue
            }
        }
        return nil
    }

    /// `value` is not negative; nineteen digits, written from the last one.
    private func appendNumber(_ value: Int64) {
        var digits: InlineArray<20, UInt8> = InlineArray(repeating: 0)
        var start = 20
        var rest = UInt64(value)
        repeat {
            start -= 1
            digits[start] = UInt8(truncatingIfNeeded: 0x30 + rest % 10)
            rest /= 10
        } while rest > 0
        let target = body.room(20)
        for index in start..<20 { target.storeBytes(of: digits[index], toByteOffset: index - start, as: UInt8.self) }
        body.count += 20 - start
    }
}

/// `{tenant}` in configured texts. Tenant ids that reach this are safe in headers and labels (TenantRule).
enum TenantTemplate {
    static func fill(_ text: String, _ tenant: String) -> String {
        guard text.utf8.contains(0x7b) else { return text }
        var result = ""
        var rest = text[...]
        while let open = rest.firstIndex(of: "{") {
            result += rest[..<open]
            rest = rest[open...]
            if rest.hasPrefix("{tenant}") {
                result += tenant
                rest = rest.dropFirst(8)
            } else {
                result += "{"
                rest = rest.dropFirst()
            }
        }
        return result + rest
    }
}
