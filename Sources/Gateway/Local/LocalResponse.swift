/// The complete answer to a `LocalRequest`.
public struct LocalResponse: Sendable {
    /// 200 to 599.
    public var status: Int
    /// Empty leaves the header out.
    public var contentType: String
    /// Further headers; framing, `Date` and `X-Request-Id` are added by the server.
    public var headers: [(String, String)]
    /// The whole body; unused with a ``stream``.
    public var body: [UInt8]
    /// A body that is made while it is sent, in place of ``body``: chunked in HTTP/1.1, ended by the connection's end
    /// in HTTP/1.0.
    public var stream: (any LocalBodyStream)?
    /// The contract's error code for the access log, if the answer is an error.
    public var errorCode: ErrorCode?

    /// An answer of any kind.
    public init(
        status: Int = 200,
        contentType: String = "application/json",
        headers: [(String, String)] = [],
        body: [UInt8] = [],
        errorCode: ErrorCode? = nil
    ) {
        self.status = status
        self.contentType = contentType
        self.headers = headers
        self.body = body
        self.errorCode = errorCode
    }

    /// An answer whose body is made while it is sent.
    public init(
        status: Int = 200, contentType: String, headers: [(String, String)] = [], stream: any LocalBodyStream
    ) {
        self.init(status: status, contentType: contentType, headers: headers)
        self.stream = stream
    }

    /// JSON text, which must be valid already.
    public static func json(_ text: String, status: Int = 200) -> LocalResponse {
        LocalResponse(status: status, body: Array(text.utf8))
    }

    /// Plain text.
    public static func text(_ text: String, status: Int = 200) -> LocalResponse {
        LocalResponse(status: status, contentType: "text/plain; charset=utf-8", body: Array(text.utf8))
    }

    /// The contract's error body `{"code":…,"message":…,"request_id":…}` with the code's status.
    public static func failure(
        _ code: ErrorCode,
        message: String? = nil,
        requestID: String,
        headers: [(String, String)] = []
    ) -> LocalResponse {
        let body = ErrorBody.bytes(code: code, message: message ?? code.defaultMessage, requestID: requestID)
        return LocalResponse(status: code.status, headers: headers, body: body, errorCode: code)
    }
}
