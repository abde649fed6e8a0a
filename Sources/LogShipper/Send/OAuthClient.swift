import CurlHTTP

/// Fetches tokens by OAuth 2.0's client credentials (RFC 6749, section 4.4).
struct OAuthClient {
    /// What a token's server answered.
    struct Token: Equatable {
        var text: String
        /// How long it is good for, where the server says so.
        var lifetimeSeconds: Int64?
    }

    /// Why there is no token.
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    let options: ShipperConfiguration.OAuth2Options
    let secret: String
    let tls: TLSOptions
    let proxy: ProxyOption
    let connectTimeoutMillis: Int
    let totalTimeoutMillis: Int

    /// Asks for a token.
    var request: HTTPRequest {
        var request = HTTPRequest(
            method: "POST", url: options.tokenURL, connectTimeoutMillis: connectTimeoutMillis,
            totalTimeoutMillis: totalTimeoutMillis, maxBodyBytes: 64 << 10)
        var form = "grant_type=client_credentials"
        if !options.scope.isEmpty { form += "&scope=\(TenantTemplate.percentEncoded(options.scope))" }
        if !options.audience.isEmpty { form += "&audience=\(TenantTemplate.percentEncoded(options.audience))" }
        request.body = Array(form.utf8)
        request.headers = [
            ("Content-Type", "application/x-www-form-urlencoded"), ("Accept", "application/json"),
        ]
        request.tls = tls
        request.proxy = proxy
        // Section 2.3.1: both are form-encoded before they become user and password.
        request.authentication = .basic(
            user: TenantTemplate.percentEncoded(options.clientID), password: TenantTemplate.percentEncoded(secret))
        return request
    }

    /// What the token's server answered, if anything.
    func read(_ result: Result<HTTPResponse, CurlError>) throws(Failure) -> Token {
        switch result {
        case .failure(let error): throw Failure(description: "\(options.tokenURL): \(error)")
        case .success(let response): return try read(response)
        }
    }

    func read(_ response: HTTPResponse) throws(Failure) -> Token {
        guard response.status == 200 else {
            throw Failure(
                description: "\(options.tokenURL): \(response.status) \(ResponseClasses.excerpt(response.body))")
        }
        var text: String?
        var lifetime: Int64?
        response.body.withUnsafeBytes { bytes in
            var reader = JSONReader(bytes)
            reader.readObject { name, reader in
                switch name {
                case "access_token": text = reader.readString()
                case "expires_in": lifetime = reader.readInteger()
                default: reader.skip()
                }
            }
        }
        guard let text, !text.isEmpty, text.utf8.allSatisfy({ (0x21...0x7e).contains($0) }) else {
            throw Failure(description: "\(options.tokenURL): the answer holds no access_token")
        }
        return Token(text: text, lifetimeSeconds: lifetime)
    }
}
