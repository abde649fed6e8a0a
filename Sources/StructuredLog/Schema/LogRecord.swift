/// A line with a message: event `app` (the program speaks) or `audit` (somebody changed something).
///
/// Request keys may stand beside the message, so that an audit line can be joined with the access line.
public struct LogRecord: Sendable {
    /// `ts`: microseconds since 1970 UTC.
    public var timestampMicros: Int64
    /// `level`.
    public var level: LogSeverity
    /// `event`.
    public var event: LogEventKind
    /// `message`: constant text; what varies belongs into ``fields``.
    public var message: String
    /// `logger`: the part of the program that speaks.
    public var logger: String
    /// `fields`, in this order. Values under secret-looking keys are redacted, see ``Redaction``.
    public var fields: [(key: String, value: LogValue)]
    /// `tenant`; empty leaves the key out.
    public var tenant = ""
    /// `request_id`; empty leaves the key out.
    public var requestID = ""
    /// `client`; empty leaves the key out.
    public var client = ""

    /// A record; `timestampMicros` defaults to now.
    public init(
        event: LogEventKind, level: LogSeverity, message: String, logger: String,
        fields: [(key: String, value: LogValue)] = [], timestampMicros: Int64 = WallClock.micros()
    ) {
        self.timestampMicros = timestampMicros
        self.level = level
        self.event = event
        self.message = message
        self.logger = logger
        self.fields = fields
    }
}
