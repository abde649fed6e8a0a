/// The final response of a request; interim responses (1xx) and followed redirects are not in it.
public struct HTTPResponse: Sendable {
    /// The status code. Every status is a response, never an error.
    public var status: Int
    /// Headers in the order received, names as received.
    public var headers: [(name: String, value: String)]
    /// The body, at most `HTTPRequest.maxBodyBytes`.
    public var body: [UInt8]
    /// Whether the body was cut because `HTTPRequest.truncatesBody` was set.
    public var isBodyTruncated: Bool

    /// A response made by hand, for tests.
    public init(status: Int, headers: [(name: String, value: String)] = [], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
        isBodyTruncated = false
    }

    /// The first value of a header, its name compared without regard to ASCII case.
    public func header(_ name: String) -> String? {
        headers.first { equalIgnoringASCIICase($0.name, name) }?.value
    }
}

private func equalIgnoringASCIICase(_ left: String, _ right: String) -> Bool {
    func lower(_ byte: UInt8) -> UInt8 { byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte }
    return left.utf8.elementsEqual(right.utf8) { lower($0) == lower($1) }
}
