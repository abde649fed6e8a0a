/// What went wrong with a request: one value from which the answer, the log line and the metric are made.
public struct GatewayError: Error, Sendable, Equatable {
    /// Who caused it.
    public enum Source: UInt8, Sendable {
        /// The client's bytes, or its silence.
        case downstream
        /// A cell's server.
        case upstream
        /// The gateway itself.
        case `internal`
    }

    /// The contract's code; it fixes the HTTP status.
    public var code: ErrorCode
    /// The label of `gateway_rejected_total`, for what never reached an upstream.
    public var reason: RejectReason
    /// Who caused it.
    public var source: Source
    /// Another attempt cannot do the request's work twice.
    public var retryIsSafe: Bool
    /// For the client; constant text.
    public var message: StaticString

    /// An error of any kind.
    public init(
        _ code: ErrorCode,
        _ reason: RejectReason,
        _ message: StaticString,
        source: Source = .downstream,
        retryIsSafe: Bool = false
    ) {
        self.code = code
        self.reason = reason
        self.source = source
        self.retryIsSafe = retryIsSafe
        self.message = message
    }

    /// Messages are constant for a code and a reason; they do not take part.
    public static func == (left: GatewayError, right: GatewayError) -> Bool {
        left.code == right.code && left.reason == right.reason && left.source == right.source
            && left.retryIsSafe == right.retryIsSafe
    }
}

/// Why a request was refused before it reached an upstream: the label of `gateway_rejected_total`.
public enum RejectReason: UInt8, Sendable, CaseIterable {
    /// Not refused.
    case none
    /// The request line's form.
    case requestLine
    /// The request target's form.
    case target
    /// Neither HTTP/1.0 nor HTTP/1.1.
    case version
    /// A method that is not served.
    case method
    /// A header line's form.
    case header
    /// `Host` missing, repeated or malformed.
    case host
    /// `Content-Length` or `Transfer-Encoding`.
    case framing
    /// The chunked coding of the body.
    case chunk
    /// The header section's size.
    case headersTooLarge
    /// The target's size.
    case uriTooLong
    /// The body's size.
    case bodyTooLarge
    /// An `Expect` other than `100-continue`.
    case expectation
    /// Dot segments, encoded slashes, NUL and their like.
    case path
    /// No tenant although one is required.
    case missingTenant
    /// A malformed or repeated tenant.
    case invalidTenant
    /// No cell of this name.
    case unknownCell
    /// Neither a cell's path nor a local one.
    case notFound
    /// The head did not come in time.
    case headTimeout
    /// The body did not come in time.
    case bodyTimeout
    /// A bound on connections or requests.
    case overloaded
    /// HTTP/2's rules: a malformed message, or a connection that was ended for what it did.
    case http2
    /// A rate limit.
    case rateLimited
    /// A tenant's limit of requests in flight.
    case tenantInFlight
    /// A cell's circuit is open.
    case circuitOpen
    /// A request waited too long for a place at its cell.
    case queueTimeout
    /// There was no room to wait for a place.
    case queueFull
    /// The local route's own decision (authentication and the like).
    case local

    /// The label's value.
    public var label: String {
        switch self {
        case .none: "none"
        case .requestLine: "request_line"
        case .target: "target"
        case .version: "version"
        case .method: "method"
        case .header: "header"
        case .host: "host"
        case .framing: "framing"
        case .chunk: "chunk"
        case .headersTooLarge: "header_overflow"
        case .uriTooLong: "uri_too_long"
        case .bodyTooLarge: "body_too_large"
        case .expectation: "expectation"
        case .path: "path"
        case .missingTenant: "missing_tenant"
        case .invalidTenant: "invalid_tenant"
        case .unknownCell: "unknown_cell"
        case .notFound: "not_found"
        case .headTimeout: "timeout_head"
        case .bodyTimeout: "timeout_body"
        case .overloaded: "overloaded"
        case .http2: "http2"
        case .rateLimited: "rate_limited"
        case .tenantInFlight: "tenant_in_flight"
        case .circuitOpen: "circuit_open"
        case .queueTimeout: "queue_timeout"
        case .queueFull: "queue_full"
        case .local: "local"
        }
    }
}
