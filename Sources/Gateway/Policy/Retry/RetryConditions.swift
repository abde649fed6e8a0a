/// Which failures another attempt may follow; the configuration's `retry_on`.
public struct RetryConditions: OptionSet, Sendable, Hashable {
    /// The bits of the conditions.
    public let rawValue: UInt8

    /// A set of conditions.
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// `connect`: refused, unreachable, or not accepted in time.
    public static let connect = RetryConditions(rawValue: 1)
    /// `refused_stream`: HTTP/2's REFUSED_STREAM, or a GOAWAY below the stream (RFC 9113 section 8.7).
    public static let refusedStream = RetryConditions(rawValue: 2)
    /// `reset`: the connection ended before the response began.
    public static let reset = RetryConditions(rawValue: 4)
    /// `timeout`: the limit of one try passed.
    public static let perTryTimeout = RetryConditions(rawValue: 8)
    /// `gateway_error`: the answer was 502, 503 or 504.
    public static let gatewayError = RetryConditions(rawValue: 16)

    /// The names in a configuration.
    public static let names: [(name: String, condition: RetryConditions)] = [
        ("connect", .connect), ("refused_stream", .refusedStream), ("reset", .reset),
        ("timeout", .perTryTimeout), ("gateway_error", .gatewayError),
    ]
}
