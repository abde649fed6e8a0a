/// A parsed request head. All slices count from the head's first byte.
struct RequestHead: ~Copyable {
    var method: HTTPMethod
    var methodName: ByteSlice
    var version: HTTPVersion
    /// As sent.
    var target: ByteSlice
    /// Begins with `/`; empty for `OPTIONS *` and for an absolute target without a path.
    var path: ByteSlice
    /// After the `?`.
    var query: ByteSlice
    var hasQuery: Bool
    var isAsterisk: Bool
    /// Of the target's authority, else of `Host`; empty for HTTP/1.0 without one.
    var host: ByteSlice
    var framing: BodyFraming
    /// The client wants to send further requests on the connection.
    var keepAlive: Bool
    var expectsContinue: Bool
    var acceptsTrailers: Bool
    /// Asks for another protocol on this connection that may be granted: WebSocket, on a GET without a body.
    var wantsUpgrade: Bool
    /// From the first byte of the buffer to the body.
    var byteCount: Int
    var fields: FieldSection

    var hasBody: Bool {
        switch framing {
        case .none, .length(0): false
        default: true
        }
    }
}

extension RequestHead {
    /// Of nothing that has been read yet.
    init() {
        self.init(
            method: .other, methodName: ByteSlice(), version: .http11, target: ByteSlice(), path: ByteSlice(),
            query: ByteSlice(), hasQuery: false, isAsterisk: false, host: ByteSlice(), framing: .none, keepAlive: true,
            expectsContinue: false, acceptsTrailers: false, wantsUpgrade: false, byteCount: 0, fields: FieldSection())
    }

    func copy() -> RequestHead {
        RequestHead(
            method: method, methodName: methodName, version: version, target: target, path: path, query: query,
            hasQuery: hasQuery, isAsterisk: isAsterisk, host: host, framing: framing, keepAlive: keepAlive,
            expectsContinue: expectsContinue, acceptsTrailers: acceptsTrailers, wantsUpgrade: wantsUpgrade,
            byteCount: byteCount, fields: fields.copy())
    }
}
