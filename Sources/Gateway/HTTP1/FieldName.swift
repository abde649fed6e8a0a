/// Header names the gateway knows. Everything else is `other` and passes through.
enum FieldName: UInt8, CaseIterable {
    case other
    /// Holds an underscore: dropped, because many servers read it as `-` (attack cases 19 and 67).
    case underscored
    case host
    case connection
    case contentLength
    case transferEncoding
    case contentType
    case keepAlive
    case proxyConnection
    case proxyAuthenticate
    case proxyAuthorization
    case te
    case trailer
    case upgrade
    case http2Settings
    case expect
    case tenant
    case requestID
    case traceparent
    case tracestate
    case forwardedFor
    case forwardedProto
    case forwardedHost
    /// Any other `X-Forwarded-…`, and `X-Real-IP`.
    case forwardedOther
    case forwarded
    case userAgent
    case date

    /// A bit for each name, for "seen" sets.
    @inline(__always) var bit: UInt64 { 1 &<< UInt64(rawValue) }

    /// Hop-by-hop, or set anew by the gateway: never copied from one side to the other.
    @inline(__always) var isHopByHop: Bool {
        switch self {
        case .connection, .keepAlive, .proxyConnection, .proxyAuthenticate, .proxyAuthorization, .te, .trailer,
            .upgrade, .http2Settings, .transferEncoding, .contentLength, .underscored:
            true
        default:
            false
        }
    }

    /// Must not stand in a trailer section: framing, routing, authentication (RFC 9110 section 6.5.1).
    var isForbiddenInTrailer: Bool {
        switch self {
        case .host, .contentLength, .transferEncoding, .contentType, .te, .trailer, .connection: true
        default: false
        }
    }

    /// By length first, then by a case-folded comparison.
    @inline(__always)
    static func classify(_ bytes: Span<UInt8>, _ name: ByteSlice) -> FieldName {
        switch name.count {
        case 2: bytes.equals(name, "te") ? .te : .other
        case 4: four(bytes, name)
        case 6: bytes.equals(name, "expect") ? .expect : .other
        case 7: seven(bytes, name)
        case 9:
            bytes.equals(name, "forwarded") ? .forwarded : bytes.equals(name, "x-real-ip") ? .forwardedOther : .other
        case 10: ten(bytes, name)
        case 11: eleven(bytes, name)
        case 12: twelve(bytes, name)
        default: long(bytes, name)
        }
    }

    private static func four(_ bytes: Span<UInt8>, _ name: ByteSlice) -> FieldName {
        bytes.equals(name, "host") ? .host : bytes.equals(name, "date") ? .date : .other
    }

    private static func seven(_ bytes: Span<UInt8>, _ name: ByteSlice) -> FieldName {
        bytes.equals(name, "upgrade") ? .upgrade : bytes.equals(name, "trailer") ? .trailer : .other
    }

    private static func ten(_ bytes: Span<UInt8>, _ name: ByteSlice) -> FieldName {
        if bytes.equals(name, "connection") { return .connection }
        if bytes.equals(name, "user-agent") { return .userAgent }
        if bytes.equals(name, "keep-alive") { return .keepAlive }
        return bytes.equals(name, "tracestate") ? .tracestate : .other
    }

    private static func eleven(_ bytes: Span<UInt8>, _ name: ByteSlice) -> FieldName {
        if bytes.equals(name, "x-tenant-id") { return .tenant }
        return bytes.equals(name, "traceparent") ? .traceparent : .other
    }

    private static func twelve(_ bytes: Span<UInt8>, _ name: ByteSlice) -> FieldName {
        if bytes.equals(name, "content-type") { return .contentType }
        return bytes.equals(name, "x-request-id") ? .requestID : .other
    }

    private static func long(_ bytes: Span<UInt8>, _ name: ByteSlice) -> FieldName {
        switch name.count {
        case 14 where bytes.equals(name, "content-length"): return .contentLength
        case 14 where bytes.equals(name, "http2-settings"): return .http2Settings
        case 15 where bytes.equals(name, "x-forwarded-for"): return .forwardedFor
        case 16 where bytes.equals(name, "proxy-connection"): return .proxyConnection
        case 16 where bytes.equals(name, "x-forwarded-host"): return .forwardedHost
        case 17 where bytes.equals(name, "transfer-encoding"): return .transferEncoding
        case 17 where bytes.equals(name, "x-forwarded-proto"): return .forwardedProto
        case 18 where bytes.equals(name, "proxy-authenticate"): return .proxyAuthenticate
        case 19 where bytes.equals(name, "proxy-authorization"): return .proxyAuthorization
        default:
            guard name.count > 12 else { return .other }
            let prefix = ByteSlice(name.lower, name.lower + 12)
            return bytes.equals(prefix, "x-forwarded-") ? .forwardedOther : .other
        }
    }
}
