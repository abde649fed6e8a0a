import CCurl

/// Writes a request's options into an easy handle. The first refused option ends with its error.
struct TransferOptions {
    let handle: UnsafeMutableRawPointer

    func apply(_ request: HTTPRequest) throws(CurlError) {
        guard HTTPRequest.accepts(url: request.url) else {
            throw CurlError(kind: .invalidURL, message: "not an http or https URL: \(request.url.debugDescription)")
        }
        try check(gatehouse_allow_http_only(handle))
        try set(CURLOPT_URL, request.url)
        try set(CURLOPT_USERAGENT, CurlLibrary.userAgent)
        try set(CURLOPT_NOSIGNAL, 1)
        try set(CURLOPT_TCP_KEEPALIVE, 1)
        try set(CURLOPT_CONNECTTIMEOUT_MS, max(1, request.connectTimeoutMillis))
        try set(CURLOPT_TIMEOUT_MS, max(1, request.totalTimeoutMillis))
        try set(CURLOPT_FOLLOWLOCATION, request.maxRedirects > 0 ? 1 : 0)
        try set(CURLOPT_MAXREDIRS, max(0, request.maxRedirects))
        try set(CURLOPT_HTTP_VERSION, request.allowsHTTP2 ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_1_1)
        if request.acceptsCompressed { try set(CURLOPT_ACCEPT_ENCODING, "") }
        try applyMethod(request)
        try applyTLS(request.tls)
        try applyProxy(request.proxy)
        if case .basic(let user, let password) = request.authentication {
            try set(CURLOPT_HTTPAUTH, 1)  // CURLAUTH_BASIC, a macro with a cast that Swift does not see.
            try set(CURLOPT_USERNAME, user)
            try set(CURLOPT_PASSWORD, password)
        }
    }

    private func applyMethod(_ request: HTTPRequest) throws(CurlError) {
        guard HTTPRequest.isToken(request.method) else {
            throw CurlError(kind: .invalidRequest, message: "invalid method \(request.method.debugDescription)")
        }
        let hasBody = request.sharedBody != nil || !request.body.isEmpty
        switch request.method {
        case "GET" where !hasBody: try set(CURLOPT_HTTPGET, 1)
        case "HEAD" where !hasBody: try set(CURLOPT_NOBODY, 1)
        case "POST": try applyBody(request)
        default:
            if hasBody { try applyBody(request) }
            try set(CURLOPT_CUSTOMREQUEST, request.method)
        }
    }

    /// Sets the method to POST, and the body.
    func applyBody(_ request: HTTPRequest) throws(CurlError) {
        try set(CURLOPT_POST, 1)
        let count = request.sharedBody?.count ?? request.body.count
        try check(gatehouse_set_offset(handle, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(count)))
        if let shared = request.sharedBody {
            try check(gatehouse_set_pointer(handle, CURLOPT_POSTFIELDS, shared.bytes.baseAddress))
            // One write instead of many of 64 KiB; measurable at hundreds of MiB a second. Every handle has such a buffer.
            try set(CURLOPT_UPLOAD_BUFFERSIZE, max(64 << 10, min(512 << 10, count)))
        } else {
            let code = request.body.withUnsafeBytes { bytes in
                gatehouse_set_pointer(handle, CURLOPT_COPYPOSTFIELDS, bytes.baseAddress ?? UnsafeRawPointer(emptyBody))
            }
            try check(code)
        }
    }

    private func applyTLS(_ tls: TLSOptions) throws(CurlError) {
        try set(CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2)
        if let file = tls.caFile {
            try set(CURLOPT_CAINFO, file)
            // CURLOPT_CA_CACHE_TIMEOUT, of libcurl 7.87 and later: a file that was replaced is read by the next connection,
            // not a day later. What is older does not know it and keeps nothing.
            _ = gatehouse_set_long(handle, CURLoption(rawValue: 321), 0)
        }
        if let file = tls.certificateFile { try set(CURLOPT_SSLCERT, file) }
        if let file = tls.keyFile { try set(CURLOPT_SSLKEY, file) }
        if let password = tls.keyPassword { try set(CURLOPT_KEYPASSWD, password) }
        if tls.skipsVerification {
            try set(CURLOPT_SSL_VERIFYPEER, 0)
            try set(CURLOPT_SSL_VERIFYHOST, 0)
        }
    }

    private func applyProxy(_ proxy: ProxyOption) throws(CurlError) {
        switch proxy {
        case .environment: try set(CURLOPT_NOPROXY, CurlLibrary.noProxyHosts)
        case .none: try set(CURLOPT_PROXY, "")
        case .url(let url): try set(CURLOPT_PROXY, url)
        }
    }

    private func set(_ option: CURLoption, _ value: Int) throws(CurlError) {
        try check(gatehouse_set_long(handle, option, value))
    }

    private func set(_ option: CURLoption, _ value: String) throws(CurlError) {
        try check(gatehouse_set_string(handle, option, value))
    }

    private func check(_ code: CURLcode) throws(CurlError) {
        if code != CURLE_OK { throw CurlError(code: code, detail: "", bodyWasTooLarge: false) }
    }
}

/// An empty body must not be a null pointer: libcurl would then read the body from a callback.
private let emptyBody: StaticString = ""

extension UnsafeRawPointer {
    fileprivate init(_ text: StaticString) {
        self.init(text.utf8Start)
    }
}
