/// A request the gateway answers itself: operations, administration, governance.
public struct LocalRequest: Sendable {
    /// As sent, upper case (`GET`). A HEAD arrives as `HEAD`; the body of its answer is left out by the server.
    public var method: String
    /// Percent-encoded as sent, without the query.
    public var path: String
    /// After `?`, nil without one.
    public var query: String?
    /// In the order sent.
    public var headers: [(name: String, value: String)]
    /// Complete; bounded by the listener's limit.
    public var body: [UInt8]
    /// The peer's address without the port.
    public var remoteAddress: String
    /// The peer is this machine.
    public var isLoopback: Bool
    /// By the contract's rule for `X-Request-Id`.
    public var requestID: String

    /// A request, complete with its body.
    public init(
        method: String,
        path: String,
        query: String? = nil,
        headers: [(name: String, value: String)] = [],
        body: [UInt8] = [],
        remoteAddress: String = "127.0.0.1",
        isLoopback: Bool = true,
        requestID: String = "-"
    ) {
        self.method = method
        self.path = path
        self.query = query
        self.headers = headers
        self.body = body
        self.remoteAddress = remoteAddress
        self.isLoopback = isLoopback
        self.requestID = requestID
    }

    /// The first header of this lower-case name, in whatever case it was sent.
    public func header(_ lowercaseName: String) -> String? {
        headers.first { $0.name.lowercased() == lowercaseName }?.value
    }

    /// The values of all headers of this lower-case name as one list (RFC 9110, section 5.3); nil without any.
    public func list(_ lowercaseName: String) -> String? {
        let values = headers.filter { $0.name.lowercased() == lowercaseName }.map(\.value)
        return values.isEmpty ? nil : values.joined(separator: ", ")
    }
}
