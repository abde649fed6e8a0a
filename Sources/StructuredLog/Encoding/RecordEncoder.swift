/// An app or audit line. Not hot: strings and dictionaries are welcome, memory stays bounded by
/// ``LineLimits/lineBytes``.
struct RecordEncoder: ~Copyable {
    /// Room that is never given to fields: request keys, tail, closing brackets.
    private static let reserved = 4096
    private var timestamps = TimestampCache()
    private let tail: LineTail

    init(run: String, loop: Int) {
        tail = LineTail(run: run, loop: loop)
    }

    /// Writes the line with its newline into at least ``LineLimits/lineBytes`` bytes.
    mutating func encode(_ record: LogRecord, sequence: UInt64, to cursor: inout LineCursor) {
        cursor.append(#"{"ts":""#)
        timestamps.append(micros: record.timestampMicros, to: &cursor)
        cursor.append(#"","level":""#)
        cursor.append(record.level.keyword)
        cursor.append(#"","event":""#)
        cursor.append(record.event.keyword)
        cursor.append(#"","message":"#)
        quoted(record.message, LineLimits.messageBytes, &cursor)
        optional(#","logger":"#, record.logger, LineLimits.loggerBytes, &cursor)
        if !record.fields.isEmpty {
            cursor.append(#","fields":"#)
            object(record.fields, depth: 1, &cursor)
        }
        optional(#","tenant":"#, record.tenant, LineLimits.tenantBytes, &cursor)
        optional(#","request_id":"#, record.requestID, LineLimits.requestIDBytes, &cursor)
        optional(#","client":"#, record.client, LineLimits.clientBytes, &cursor)
        tail.append(sequence: sequence, to: &cursor)
    }

    private func optional(_ key: StaticString, _ text: String, _ limit: Int, _ cursor: inout LineCursor) {
        if text.isEmpty { return }
        cursor.append(key)
        quoted(text, limit, &cursor)
    }

    private func quoted(_ text: String, _ limit: Int, _ cursor: inout LineCursor) {
        var copy = text
        cursor.append(byte: UInt8(ascii: "\""))
        copy.withUTF8 { cursor.append(escaped: UnsafeRawBufferPointer($0), limit: limit) }
        cursor.append(byte: UInt8(ascii: "\""))
    }

    private func object(_ members: [(key: String, value: LogValue)], depth: Int, _ cursor: inout LineCursor) {
        cursor.append(byte: UInt8(ascii: "{"))
        var isFirst = true
        for (key, value) in members {
            guard hasRoom(for: key, cursor) else {
                cursor.isTruncated = true
                break
            }
            if !isFirst { cursor.append(byte: UInt8(ascii: ",")) }
            isFirst = false
            quoted(key, LineLimits.fieldBytes, &cursor)
            cursor.append(byte: UInt8(ascii: ":"))
            if Redaction.isSecret(key: key) {
                quoted(Redaction.placeholder, LineLimits.fieldBytes, &cursor)
            } else {
                append(value, depth: depth, &cursor)
            }
        }
        cursor.append(byte: UInt8(ascii: "}"))
    }

    private func append(_ value: LogValue, depth: Int, _ cursor: inout LineCursor) {
        switch value {
        case .string(let text):
            guard hasRoom(for: text, cursor) else { return appendNull(&cursor) }
            quoted(text, LineLimits.fieldBytes, &cursor)
        case .integer(let number): cursor.append(decimal: number)
        case .number(let number):
            let text = number.description
            if number.isFinite {
                var copy = text
                copy.withUTF8 { cursor.append(raw: UnsafeRawBufferPointer($0)) }
            } else {
                quoted(text, LineLimits.fieldBytes, &cursor)
            }
        case .boolean(let flag): cursor.append(flag ? "true" : "false")
        case .array(let values):
            guard depth < LineLimits.fieldDepth else { return appendNull(&cursor) }
            array(values, depth: depth + 1, &cursor)
        case .object(let members):
            guard depth < LineLimits.fieldDepth else { return appendNull(&cursor) }
            let sorted = members.sorted { $0.key < $1.key }.map { (key: $0.key, value: $0.value) }
            object(sorted, depth: depth + 1, &cursor)
        }
    }

    private func array(_ values: [LogValue], depth: Int, _ cursor: inout LineCursor) {
        cursor.append(byte: UInt8(ascii: "["))
        var isFirst = true
        for value in values {
            guard hasRoom(for: "", cursor) else {
                cursor.isTruncated = true
                break
            }
            if !isFirst { cursor.append(byte: UInt8(ascii: ",")) }
            isFirst = false
            append(value, depth: depth, &cursor)
        }
        cursor.append(byte: UInt8(ascii: "]"))
    }

    private func appendNull(_ cursor: inout LineCursor) {
        cursor.isTruncated = true
        cursor.append("null")
    }

    private func hasRoom(for text: String, _ cursor: LineCursor) -> Bool {
        let bytes = min(text.utf8.count, LineLimits.fieldBytes) * LineCursor.worstExpansion + 64
        return cursor.count + bytes <= LineLimits.lineBytes - RecordEncoder.reserved
    }
}
