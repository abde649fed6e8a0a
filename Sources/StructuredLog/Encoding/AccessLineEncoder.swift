/// An access or error line, by hand into bytes, keys in the order of ARCHITECTURE.md's log contract.
struct AccessLineEncoder: ~Copyable {
    private var timestamps = TimestampCache()
    private let queries: QueryPolicy
    private let tail: LineTail

    /// Keys, punctuation, numbers and the time stamp of a line: everything that does not grow with the input.
    private static let fixedBytes = 768

    init(run: String, loop: Int, queries: QueryPolicy) {
        self.queries = queries
        tail = LineTail(run: run, loop: loop)
    }

    /// No line of this entry can have more bytes.
    @inline(__always)
    func worstCase(_ entry: borrowing AccessEntry) -> Int {
        var bytes = min(entry.message.count, LineLimits.causeBytes)
        bytes &+= min(entry.tenant.count, LineLimits.tenantBytes)
        bytes &+= min(entry.requestID.count, LineLimits.requestIDBytes)
        bytes &+= min(entry.traceID.count, LineLimits.traceBytes)
        bytes &+= min(entry.spanID.count, LineLimits.traceBytes)
        bytes &+= min(entry.client.count, LineLimits.clientBytes)
        bytes &+= min(entry.method.count, LineLimits.methodBytes)
        bytes &+= min(entry.path.count, LineLimits.pathBytes)
        bytes &+= entry.query.isEmpty ? 0 : LineLimits.queryBytes
        bytes &+= min(entry.cell.count, LineLimits.cellBytes)
        bytes &+= min(entry.upstream.count, LineLimits.upstreamBytes)
        bytes &+= min(entry.errorCode.count, LineLimits.errorCodeBytes)
        bytes &+= min(entry.userAgent.count, LineLimits.userAgentBytes)
        return bytes &* LineCursor.worstExpansion &+ AccessLineEncoder.fixedBytes &+ tail.worstCase
    }

    /// Writes the line with its newline.
    mutating func encode(_ entry: borrowing AccessEntry, sequence: UInt64, to cursor: inout LineCursor) {
        appendHead(entry, to: &cursor)
        appendWho(entry, to: &cursor)
        appendRequest(entry, to: &cursor)
        appendOutcome(entry, to: &cursor)
        tail.append(sequence: sequence, to: &cursor)
    }

    @inline(__always)
    private mutating func appendHead(_ entry: borrowing AccessEntry, to cursor: inout LineCursor) {
        cursor.append(#"{"ts":""#)
        timestamps.append(micros: entry.timestampMicros, to: &cursor)
        if entry.level == .info, entry.event == .access {
            cursor.append(#"","level":"info","event":"access""#)
            return
        }
        cursor.append(#"","level":""#)
        cursor.append(entry.level.keyword)
        cursor.append(#"","event":""#)
        cursor.append(entry.event.keyword)
        cursor.append(byte: UInt8(ascii: "\""))
    }

    @inline(__always)
    private func appendWho(_ entry: borrowing AccessEntry, to cursor: inout LineCursor) {
        text(#","message":""#, entry.message, LineLimits.causeBytes, &cursor)
        text(#","tenant":""#, entry.tenant, LineLimits.tenantBytes, &cursor)
        if let source = entry.tenantSource {
            cursor.append(#","tenant_source":""#)
            cursor.append(source.keyword)
            cursor.append(byte: UInt8(ascii: "\""))
        }
        text(#","request_id":""#, entry.requestID, LineLimits.requestIDBytes, &cursor)
        text(#","trace_id":""#, entry.traceID, LineLimits.traceBytes, &cursor)
        text(#","span_id":""#, entry.spanID, LineLimits.traceBytes, &cursor)
        text(#","client":""#, entry.client, LineLimits.clientBytes, &cursor)
    }

    @inline(__always)
    private func appendRequest(_ entry: borrowing AccessEntry, to cursor: inout LineCursor) {
        text(#","method":""#, entry.method, LineLimits.methodBytes, &cursor)
        text(#","path":""#, entry.path, LineLimits.pathBytes, &cursor)
        if !entry.query.isEmpty { queries.append(entry.query, key: #","query":""#, to: &cursor) }
        text(#","cell":""#, entry.cell, LineLimits.cellBytes, &cursor)
        text(#","upstream":""#, entry.upstream, LineLimits.upstreamBytes, &cursor)
    }

    @inline(__always)
    private func appendOutcome(_ entry: borrowing AccessEntry, to cursor: inout LineCursor) {
        if entry.attempts > 0 { number(#","attempts":"#, Int64(entry.attempts), &cursor) }
        if entry.status > 0 { number(#","status":"#, Int64(entry.status), &cursor) }
        text(#","error_code":""#, entry.errorCode, LineLimits.errorCodeBytes, &cursor)
        number(#","request_bytes":"#, entry.requestBytes, &cursor)
        number(#","response_bytes":"#, entry.responseBytes, &cursor)
        number(#","duration_us":"#, entry.durationMicros, &cursor)
        number(#","upstream_us":"#, entry.upstreamMicros, &cursor)
        text(#","user_agent":""#, entry.userAgent, LineLimits.userAgentBytes, &cursor)
    }

    @inline(__always)
    private func text(
        _ key: StaticString, _ value: UnsafeRawBufferPointer, _ limit: Int, _ cursor: inout LineCursor
    ) {
        if value.isEmpty { return }
        cursor.append(key)
        cursor.append(escaped: value, limit: limit)
        cursor.append(byte: UInt8(ascii: "\""))
    }

    @inline(__always)
    private func number(_ key: StaticString, _ value: Int64, _ cursor: inout LineCursor) {
        if value < 0 { return }
        cursor.append(key)
        cursor.append(decimal: UInt64(value))
    }
}
