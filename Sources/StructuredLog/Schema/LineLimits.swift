/// How much of each outside value a line can hold, in bytes before escaping.
///
/// A longer value is cut on a scalar boundary and the line says `"truncated":true` right before `run`.
public enum LineLimits {
    /// `tenant` (valid ids have at most 64 bytes; refused ones can be longer).
    public static let tenantBytes = 128
    /// `request_id`.
    public static let requestIDBytes = 128
    /// `trace_id` and `span_id`.
    public static let traceBytes = 64
    /// `client`.
    public static let clientBytes = 64
    /// `method`.
    public static let methodBytes = 32
    /// `path`.
    public static let pathBytes = 2048
    /// `query`, after filtering.
    public static let queryBytes = 1024
    /// `cell`.
    public static let cellBytes = 64
    /// `upstream`.
    public static let upstreamBytes = 256
    /// `error_code`.
    public static let errorCodeBytes = 64
    /// `user_agent`.
    public static let userAgentBytes = 256
    /// `message` of an access line.
    public static let causeBytes = 256
    /// `message`.
    public static let messageBytes = 2048
    /// `logger`.
    public static let loggerBytes = 128
    /// One key or text below `fields`.
    public static let fieldBytes = 1024
    /// How deep `fields` may nest; what lies deeper is written as `null`.
    public static let fieldDepth = 6
    /// A whole line, after escaping, with its newline. Fields that do not fit are left out and the line says so.
    public static let lineBytes = 32_768
}
