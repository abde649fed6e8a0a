/// What is known of one request when it has been answered: the keys of ARCHITECTURE.md's log contract.
///
/// Byte fields are borrowed: they need to be valid only during ``LogRing/offer(_:)``. They may hold anything a
/// client can send; the encoder escapes, repairs and cuts them. An empty buffer means that the key is absent.
public struct AccessEntry {
    /// `ts`: microseconds since 1970 UTC, see ``WallClock/micros()``.
    public var timestampMicros: Int64
    /// `level`.
    public var level: LogSeverity = .info
    /// `event`: ``LogEventKind/access``, or ``LogEventKind/error`` for a request that failed inside the gateway.
    public var event: LogEventKind = .access
    /// `message`: why the request failed; absent for those that did not.
    public var message = UnsafeRawBufferPointer(start: nil, count: 0)
    /// `tenant`: the true id, whatever label the metrics use.
    public var tenant = UnsafeRawBufferPointer(start: nil, count: 0)
    /// `tenant_source`; `nil` leaves the key out.
    public var tenantSource: TenantSource?
    /// `request_id`.
    public var requestID = UnsafeRawBufferPointer(start: nil, count: 0)
    /// `trace_id`: 32 hexadecimal digits.
    public var traceID = UnsafeRawBufferPointer(start: nil, count: 0)
    /// `span_id`: 16 hexadecimal digits.
    public var spanID = UnsafeRawBufferPointer(start: nil, count: 0)
    /// `client`: the address of the client, without its port.
    public var client = UnsafeRawBufferPointer(start: nil, count: 0)
    /// `method`.
    public var method = UnsafeRawBufferPointer(start: nil, count: 0)
    /// `path`: the request target up to the `?`, as it came.
    public var path = UnsafeRawBufferPointer(start: nil, count: 0)
    /// `query`: everything after the `?`, as it came. The ring's ``QueryPolicy`` decides what of it is logged.
    public var query = UnsafeRawBufferPointer(start: nil, count: 0)
    /// `cell`.
    public var cell = UnsafeRawBufferPointer(start: nil, count: 0)
    /// `upstream`: the address that answered last.
    public var upstream = UnsafeRawBufferPointer(start: nil, count: 0)
    /// `attempts`: how often an upstream was tried; 0 leaves the key out.
    public var attempts = 0
    /// `status`: 0 leaves the key out.
    public var status = 0
    /// `error_code`: a code of ARCHITECTURE.md.
    public var errorCode = UnsafeRawBufferPointer(start: nil, count: 0)
    /// `request_bytes`: body bytes read from the client; negative leaves the key out.
    public var requestBytes: Int64 = 0
    /// `response_bytes`: body bytes sent to the client; negative leaves the key out.
    public var responseBytes: Int64 = 0
    /// `duration_us`: first byte of the request to last byte of the answer; negative leaves the key out.
    public var durationMicros: Int64 = -1
    /// `upstream_us`: time spent with upstreams; negative leaves the key out.
    public var upstreamMicros: Int64 = -1
    /// `user_agent`.
    public var userAgent = UnsafeRawBufferPointer(start: nil, count: 0)

    /// An entry with nothing but a time.
    public init(timestampMicros: Int64) {
        self.timestampMicros = timestampMicros
    }

    /// The bytes of a literal, for codes and methods that the program names itself.
    public static func bytes(_ text: StaticString) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
    }
}

/// The buffers are borrowed for one call and belong to the thread that fills them in.
@available(*, unavailable)
extension AccessEntry: Sendable {}
