import StructuredLog

/// Changes that an administrator made, as `audit` lines of the log.
struct AuditTrail: Sendable {
    /// Takes a constant message, the request that made the change, and what belongs to it.
    typealias Sink = @Sendable (_ message: String, _ request: LocalRequest, _ fields: [String: String]) -> Void

    /// What was changed, by whom and in which request.
    let write: Sink

    /// Hands every entry to a closure.
    init(_ write: @escaping Sink) {
        self.write = write
    }

    /// Writes to the log.
    init(log: LogSink) {
        write = { message, request, fields in
            var record = LogRecord(
                event: .audit, level: .info, message: message, logger: "gateway",
                fields: fields.sorted { $0.key < $1.key }.map { (key: $0.key, value: .string($0.value)) })
            record.requestID = request.requestID
            record.client = request.remoteAddress
            log.write(record)
        }
    }
}
