/// Request methods. Those outside the set that is served are `other`, and labelled `_OTHER`.
enum HTTPMethod: UInt8, CaseIterable {
    case get
    case head
    case post
    case put
    case delete
    case patch
    case options
    case connect
    case trace
    case other

    /// The `method` label of metrics.
    var label: String {
        switch self {
        case .get: "GET"
        case .head: "HEAD"
        case .post: "POST"
        case .put: "PUT"
        case .delete: "DELETE"
        case .patch: "PATCH"
        case .options: "OPTIONS"
        case .connect: "CONNECT"
        case .trace: "TRACE"
        case .other: "_OTHER"
        }
    }

    /// RFC 9110 section 9.2.2: doing it twice has the same effect as once.
    @inline(__always) var isIdempotent: Bool {
        switch self {
        case .get, .head, .put, .delete, .options: true
        default: false
        }
    }

    /// Methods are case-sensitive (RFC 9110 section 9.1).
    @inline(__always)
    static func classify(_ bytes: Span<UInt8>, _ slice: ByteSlice) -> HTTPMethod {
        switch slice.count {
        case 3: exact(bytes, slice, "GET") ? .get : exact(bytes, slice, "PUT") ? .put : .other
        case 4: exact(bytes, slice, "POST") ? .post : exact(bytes, slice, "HEAD") ? .head : .other
        case 5: exact(bytes, slice, "PATCH") ? .patch : exact(bytes, slice, "TRACE") ? .trace : .other
        case 6: exact(bytes, slice, "DELETE") ? .delete : .other
        case 7: exact(bytes, slice, "OPTIONS") ? .options : exact(bytes, slice, "CONNECT") ? .connect : .other
        default: .other
        }
    }

    @inline(__always)
    private static func exact(_ bytes: Span<UInt8>, _ slice: ByteSlice, _ literal: StaticString) -> Bool {
        for index in 0..<slice.count where bytes[slice.lower + index] != literal.utf8Start[index] { return false }
        return true
    }
}

/// The versions that are served.
enum HTTPVersion: UInt8 {
    case http10
    case http11
}
