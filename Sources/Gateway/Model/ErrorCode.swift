/// The error codes of the gateway's contract, in bodies and in the access log.
public enum ErrorCode: String, Sendable, CaseIterable {
    /// `MISSING_TENANT_ID`.
    case missingTenantID = "MISSING_TENANT_ID"
    /// `INVALID_TENANT_ID`.
    case invalidTenantID = "INVALID_TENANT_ID"
    /// `BAD_REQUEST`.
    case badRequest = "BAD_REQUEST"
    /// `UNAUTHENTICATED`.
    case unauthenticated = "UNAUTHENTICATED"
    /// `TENANT_MISMATCH`.
    case tenantMismatch = "TENANT_MISMATCH"
    /// `FORBIDDEN`.
    case forbidden = "FORBIDDEN"
    /// `UNKNOWN_CELL`.
    case unknownCell = "UNKNOWN_CELL"
    /// `NOT_FOUND`.
    case notFound = "NOT_FOUND"
    /// `METHOD_NOT_ALLOWED`.
    case methodNotAllowed = "METHOD_NOT_ALLOWED"
    /// `REQUEST_TIMEOUT`.
    case requestTimeout = "REQUEST_TIMEOUT"
    /// `BODY_TOO_LARGE`.
    case bodyTooLarge = "BODY_TOO_LARGE"
    /// `URI_TOO_LONG`.
    case uriTooLong = "URI_TOO_LONG"
    /// `EXPECTATION_FAILED`.
    case expectationFailed = "EXPECTATION_FAILED"
    /// `RATE_LIMITED`.
    case rateLimited = "RATE_LIMITED"
    /// `HEADERS_TOO_LARGE`.
    case headersTooLarge = "HEADERS_TOO_LARGE"
    /// `CLIENT_CLOSED`.
    case clientClosed = "CLIENT_CLOSED"
    /// `INTERNAL`.
    case internalError = "INTERNAL"
    /// `NOT_IMPLEMENTED`.
    case notImplemented = "NOT_IMPLEMENTED"
    /// `UPSTREAM_UNAVAILABLE`.
    case upstreamUnavailable = "UPSTREAM_UNAVAILABLE"
    /// `UPSTREAM_PROTOCOL_ERROR`.
    case upstreamProtocolError = "UPSTREAM_PROTOCOL_ERROR"
    /// `OVERLOADED`.
    case overloaded = "OVERLOADED"
    /// `CIRCUIT_OPEN`.
    case circuitOpen = "CIRCUIT_OPEN"
    /// `UPSTREAM_TIMEOUT`.
    case upstreamTimeout = "UPSTREAM_TIMEOUT"
    /// `HTTP_VERSION_NOT_SUPPORTED`.
    case versionNotSupported = "HTTP_VERSION_NOT_SUPPORTED"

    /// The HTTP status it is sent with; 499 stands in the log only.
    public var status: Int {
        switch self {
        case .missingTenantID, .invalidTenantID, .badRequest: 400
        case .unauthenticated: 401
        case .tenantMismatch, .forbidden: 403
        case .unknownCell, .notFound: 404
        case .methodNotAllowed: 405
        case .requestTimeout: 408
        case .bodyTooLarge: 413
        case .uriTooLong: 414
        case .expectationFailed: 417
        case .rateLimited: 429
        case .headersTooLarge: 431
        case .clientClosed: 499
        case .internalError: 500
        case .notImplemented: 501
        case .upstreamUnavailable, .upstreamProtocolError: 502
        case .overloaded, .circuitOpen: 503
        case .upstreamTimeout: 504
        case .versionNotSupported: 505
        }
    }

    /// A client's doing, although its status is in the 500s.
    var isClients: Bool { self == .notImplemented || self == .versionNotSupported }

    /// The code as bytes that live as long as the program.
    var literal: StaticString {
        switch self {
        case .missingTenantID: "MISSING_TENANT_ID"
        case .invalidTenantID: "INVALID_TENANT_ID"
        case .badRequest: "BAD_REQUEST"
        case .unauthenticated: "UNAUTHENTICATED"
        case .tenantMismatch: "TENANT_MISMATCH"
        case .forbidden: "FORBIDDEN"
        case .unknownCell: "UNKNOWN_CELL"
        case .notFound: "NOT_FOUND"
        case .methodNotAllowed: "METHOD_NOT_ALLOWED"
        case .requestTimeout: "REQUEST_TIMEOUT"
        case .bodyTooLarge: "BODY_TOO_LARGE"
        case .uriTooLong: "URI_TOO_LONG"
        case .expectationFailed: "EXPECTATION_FAILED"
        case .rateLimited: "RATE_LIMITED"
        case .headersTooLarge: "HEADERS_TOO_LARGE"
        case .clientClosed: "CLIENT_CLOSED"
        case .internalError: "INTERNAL"
        case .notImplemented: "NOT_IMPLEMENTED"
        case .upstreamUnavailable: "UPSTREAM_UNAVAILABLE"
        case .upstreamProtocolError: "UPSTREAM_PROTOCOL_ERROR"
        case .overloaded: "OVERLOADED"
        case .circuitOpen: "CIRCUIT_OPEN"
        case .upstreamTimeout: "UPSTREAM_TIMEOUT"
        case .versionNotSupported: "HTTP_VERSION_NOT_SUPPORTED"
        }
    }

    /// What a client reads when nothing more exact is known.
    public var defaultMessage: String {
        switch self {
        case .missingTenantID: "the request must name its tenant in the header X-Tenant-Id"
        case .invalidTenantID: "a tenant id is 1 to 64 of A-Z a-z 0-9 . _ - and begins with a letter or digit"
        case .badRequest: "the request is malformed"
        case .unauthenticated: "authentication is needed"
        case .tenantMismatch: "the header names another tenant than the token"
        case .forbidden: "not allowed"
        case .unknownCell: "no such cell"
        case .notFound: "no such resource"
        case .methodNotAllowed: "the method is not allowed here"
        case .requestTimeout: "the request did not arrive in time"
        case .bodyTooLarge: "the request body is too large"
        case .uriTooLong: "the request target is too long"
        case .expectationFailed: "the only expectation served is 100-continue"
        case .rateLimited: "too many requests"
        case .headersTooLarge: "the header section is too large"
        case .clientClosed: "the client closed the connection"
        case .internalError: "the gateway failed"
        case .notImplemented: "not implemented"
        case .upstreamUnavailable: "no server of the cell could be reached"
        case .upstreamProtocolError: "the cell's answer is malformed"
        case .overloaded: "the gateway is at its limit"
        case .circuitOpen: "the cell is failing and not being tried"
        case .upstreamTimeout: "the cell did not answer in time"
        case .versionNotSupported: "HTTP/1.0 and HTTP/1.1 are served"
        }
    }
}
