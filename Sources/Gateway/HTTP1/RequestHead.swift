/// A parsed request head. All slices count from the head's first byte.
struct RequestHead {
    var method = HTTPMethod.other
    var methodName = ByteSlice()
    var version = HTTPVersion.http11
    /// As sent.
    var target = ByteSlice()
    /// Begins with `/`; empty for `OPTIONS *` and for an absolute target without a path.
    var path = ByteSlice()
    /// After the `?`.
    var query = ByteSlice()
    var hasQuery = false
    var isAsterisk = false
    /// Of the target's authority, else of `Host`; empty for HTTP/1.0 without one.
    var host = ByteSlice()
    var fields = FieldSection()
    var framing = BodyFraming.none
    /// The client wants to send further requests on the connection.
    var keepAlive = true
    var expectsContinue = false
    var acceptsTrailers = false
    /// Asks for another protocol on this connection that may be granted: WebSocket, on a GET without a body.
    var wantsUpgrade = false
    /// From the first byte of the buffer to the body.
    var byteCount = 0

    var hasBody: Bool {
        switch framing {
        case .none, .length(0): false
        default: true
        }
    }
}
