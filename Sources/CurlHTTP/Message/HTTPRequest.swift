/// One HTTP request, described by value. Only `http` and `https` URLs are accepted.
public struct HTTPRequest: Sendable {
    /// The method as it stands on the wire, for example `GET` or `POST`.
    public var method: String
    /// An absolute URL.
    public var url: String
    /// Request headers in order. A name or value with CR, LF or NUL makes the request fail with `.invalidRequest`.
    public var headers: [(name: String, value: String)]
    /// The body, copied by libcurl before the transfer starts.
    public var body: [UInt8]
    /// A body that libcurl reads in place, without a copy; it wins over `body`.
    public var sharedBody: BodyBuffer?
    /// Time to resolve, connect and finish the TLS handshake, in milliseconds.
    public var connectTimeoutMillis: Int
    /// Time for everything, from the first look-up to the last byte, in milliseconds.
    public var totalTimeoutMillis: Int
    /// The most body bytes a response may have, after decoding.
    public var maxBodyBytes: Int
    /// Whether a longer body is cut at `maxBodyBytes` instead of failing with `.tooLarge`.
    public var truncatesBody: Bool
    /// How many redirects are followed; none by default. A POST stays a POST on 307 and 308 only.
    public var maxRedirects: Int
    /// Whether a gzip, br or zstd response is asked for and decoded.
    public var acceptsCompressed: Bool
    /// Whether HTTP/2 is used where the server offers it in the TLS handshake.
    public var allowsHTTP2: Bool
    /// Certificates and checks of `https`.
    public var tls: TLSOptions
    /// Which proxy the request goes through.
    public var proxy: ProxyOption
    /// Credentials sent with the request.
    public var authentication: HTTPAuthentication

    /// A request with the defaults of this client: 5 s to connect, 30 s in total, 1 MiB of body, no redirects.
    public init(
        method: String = "GET", url: String, headers: [(name: String, value: String)] = [], body: [UInt8] = [],
        connectTimeoutMillis: Int = 5000, totalTimeoutMillis: Int = 30_000, maxBodyBytes: Int = 1 << 20
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.connectTimeoutMillis = connectTimeoutMillis
        self.totalTimeoutMillis = totalTimeoutMillis
        self.maxBodyBytes = maxBodyBytes
        sharedBody = nil
        truncatesBody = false
        maxRedirects = 0
        acceptsCompressed = false
        allowsHTTP2 = true
        tls = TLSOptions()
        proxy = .environment
        authentication = .none
    }
}
