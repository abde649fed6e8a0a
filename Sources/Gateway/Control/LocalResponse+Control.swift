extension LocalResponse {
    /// A JSON document.
    static func json(_ value: JSONValue, status: Int = 200) -> LocalResponse {
        LocalResponse(status: status, headers: [("Cache-Control", "no-store")], body: value.encoded())
    }

    /// 405 with the methods that are served (RFC 9110, section 15.5.6).
    static func methodNotAllowed(_ request: LocalRequest, allow: String) -> LocalResponse {
        .failure(.methodNotAllowed, requestID: request.requestID, headers: [("Allow", allow)])
    }
}
