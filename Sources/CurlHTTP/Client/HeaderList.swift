import CCurl

/// The request's headers as libcurl wants them. Everything that could break the framing is refused here.
enum HeaderList {
    static func make(_ request: HTTPRequest) throws(CurlError) -> UnsafeMutablePointer<curl_slist>? {
        // Without an empty Expect libcurl waits up to a second for "100 Continue" before larger bodies.
        var lines = ["Expect:"]
        if !request.headers.contains(where: { $0.name.utf8.count == 6 && $0.name.lowercased() == "accept" }) {
            lines.append("Accept: */*")
        }
        for (name, value) in request.headers {
            guard HTTPRequest.accepts(headerName: name), HTTPRequest.accepts(headerValue: value) else {
                throw CurlError(
                    kind: .invalidRequest, message: "the request header \(name.debugDescription) is invalid")
            }
            // libcurl reads "Name:" as "remove this header"; "Name;" sends it empty.
            lines.append(value.isEmpty ? "\(name);" : "\(name): \(value)")
        }
        if case .bearer(let token) = request.authentication {
            guard HTTPRequest.accepts(headerValue: token) else {
                throw CurlError(kind: .invalidRequest, message: "the bearer token has bytes that cannot be sent")
            }
            lines.append("Authorization: Bearer \(token)")
        }
        return try list(lines)
    }

    private static func list(_ lines: [String]) throws(CurlError) -> UnsafeMutablePointer<curl_slist>? {
        var list: UnsafeMutablePointer<curl_slist>?
        for line in lines {
            guard let longer = gatehouse_slist_append(list, line) else {
                gatehouse_slist_free_all(list)
                throw CurlError(kind: .other, message: "out of memory")
            }
            list = longer
        }
        return list
    }
}
