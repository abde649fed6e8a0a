/// Everything that a handle is set up for but the headers and the body, so that a handle that sends one batch after another
/// is set up once.
struct TransferShape: Equatable {
    private let url: String
    private let connectTimeoutMillis: Int
    private let totalTimeoutMillis: Int
    private let maxRedirects: Int
    private let acceptsCompressed: Bool
    private let allowsHTTP2: Bool
    private let tls: TLSOptions
    private let proxy: ProxyOption
    private let authentication: HTTPAuthentication

    /// Nil for requests other than a POST of a shared body: those set up the handle anew.
    init?(_ request: HTTPRequest) {
        guard request.method == "POST", request.sharedBody != nil else { return nil }
        url = request.url
        connectTimeoutMillis = request.connectTimeoutMillis
        totalTimeoutMillis = request.totalTimeoutMillis
        maxRedirects = request.maxRedirects
        acceptsCompressed = request.acceptsCompressed
        allowsHTTP2 = request.allowsHTTP2
        tls = request.tls
        proxy = request.proxy
        authentication = request.authentication
    }
}
