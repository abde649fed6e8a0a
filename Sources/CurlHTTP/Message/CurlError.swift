import CCurl

/// Why a request got no response.
public struct CurlError: Error, Equatable, CustomStringConvertible {
    /// The class of the failure, on which callers decide.
    public enum Kind: String, Sendable {
        /// The host (or the proxy) has no address.
        case resolve
        /// The connection was refused or unreachable.
        case connect
        /// A time limit passed.
        case timeout
        /// The handshake or a certificate failed.
        case tls
        /// The request could not be sent completely.
        case send
        /// The response ended early or was not HTTP.
        case receive
        /// The response is larger than the request allows.
        case tooLarge
        /// Not an absolute `http` or `https` URL.
        case invalidURL
        /// A method, header or option that cannot be sent.
        case invalidRequest
        /// Everything else.
        case other
    }

    /// The class of the failure.
    public var kind: Kind
    /// The `CURLcode`, or 0 where this client refused before asking libcurl.
    public var code: Int32
    /// What happened, in libcurl's words where it has some.
    public var message: String

    /// An error made by hand.
    public init(kind: Kind, code: Int32 = 0, message: String) {
        self.kind = kind
        self.code = code
        self.message = message
    }

    /// Whether the same request may succeed later. It says nothing about whether it is safe to repeat.
    public var isRetryable: Bool {
        switch kind {
        case .resolve, .connect, .timeout, .tls, .send, .receive: true
        case .tooLarge, .invalidURL, .invalidRequest, .other: false
        }
    }

    /// Whether the server may have got the whole request all the same.
    public var mayHaveArrived: Bool {
        switch kind {
        case .timeout, .send, .receive, .tooLarge, .other: true
        case .resolve, .connect, .tls, .invalidURL, .invalidRequest: false
        }
    }

    /// The kind and the message.
    public var description: String { "\(kind.rawValue): \(message)" }
}

extension CurlError {
    /// `detail` is the handle's error buffer; the generic text stands in where it is empty.
    init(code: CURLcode, detail: String, bodyWasTooLarge: Bool) {
        let generic = gatehouse_easy_strerror(code).map { String(cString: $0) } ?? "libcurl error \(code.rawValue)"
        self.init(
            kind: bodyWasTooLarge ? .tooLarge : CurlError.kind(of: code), code: Int32(bitPattern: code.rawValue),
            message: bodyWasTooLarge ? "the response body is larger than allowed" : detail.isEmpty ? generic : detail)
    }

    private static func kind(of code: CURLcode) -> Kind {
        switch code {
        case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY: .resolve
        case CURLE_COULDNT_CONNECT, CURLE_INTERFACE_FAILED: .connect
        case CURLE_OPERATION_TIMEDOUT: .timeout
        case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER,
            CURLE_SSL_CACERT_BADFILE, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_CRL_BADFILE, CURLE_SSL_INVALIDCERTSTATUS,
            CURLE_SSL_PINNEDPUBKEYNOTMATCH, CURLE_SSL_ENGINE_NOTFOUND, CURLE_SSL_CLIENTCERT, CURLE_USE_SSL_FAILED:
            .tls
        case CURLE_SEND_ERROR, CURLE_SEND_FAIL_REWIND, CURLE_UPLOAD_FAILED: .send
        case CURLE_RECV_ERROR, CURLE_GOT_NOTHING, CURLE_PARTIAL_FILE, CURLE_WEIRD_SERVER_REPLY, CURLE_HTTP2,
            CURLE_HTTP2_STREAM, CURLE_BAD_CONTENT_ENCODING:
            .receive
        case CURLE_FILESIZE_EXCEEDED: .tooLarge
        case CURLE_URL_MALFORMAT, CURLE_UNSUPPORTED_PROTOCOL: .invalidURL
        default: .other
        }
    }
}
