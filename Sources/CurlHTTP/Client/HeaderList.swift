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
            guard isToken(name), isFieldValue(value) else {
                throw CurlError(
                    kind: .invalidRequest, message: "the request header \(name.debugDescription) is invalid")
            }
            // libcurl reads "Name:" as "remove this header"; "Name;" sends it empty.
            lines.append(value.isEmpty ? "\(name);" : "\(name): \(value)")
        }
        if case .bearer(let token) = request.authentication {
            guard isFieldValue(token) else {
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

    /// RFC 9110, section 5.6.2.
    static func isToken(_ text: String) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5a, 0x61...0x7a: true
                case 0x21, 0x23...0x27, 0x2a, 0x2b, 0x2d, 0x2e, 0x5e, 0x5f, 0x60, 0x7c, 0x7e: true
                default: false
                }
            }
    }

    /// RFC 9110, section 5.5: visible characters, spaces, tabs and obs-text; never CR, LF or NUL.
    private static func isFieldValue(_ text: String) -> Bool {
        text.utf8.allSatisfy { $0 == 0x09 || ($0 >= 0x20 && $0 != 0x7f) }
    }
}
