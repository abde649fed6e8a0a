/// Certificates and checks of an `https` request. Empty means the system's defaults.
public struct TLSOptions: Sendable, Equatable {
    /// A PEM file of the authorities to trust instead of the system's.
    public var caFile: String?
    /// A PEM file with the client's certificate chain.
    public var certificateFile: String?
    /// A PEM file with the client's private key.
    public var keyFile: String?
    /// The pass phrase of `keyFile`.
    public var keyPassword: String?
    /// Turns off every check of the server's certificate. For tests only.
    public var skipsVerification: Bool

    /// Options that trust the system's authorities and present no certificate.
    public init(
        caFile: String? = nil, certificateFile: String? = nil, keyFile: String? = nil, keyPassword: String? = nil,
        skipsVerification: Bool = false
    ) {
        self.caFile = caFile
        self.certificateFile = certificateFile
        self.keyFile = keyFile
        self.keyPassword = keyPassword
        self.skipsVerification = skipsVerification
    }
}

/// Which proxy a request goes through.
public enum ProxyOption: Sendable, Equatable {
    /// `http_proxy`, `https_proxy`, `all_proxy` and `no_proxy`; loopback is always reached directly.
    case environment
    /// No proxy, whatever the environment says.
    case none
    /// The proxy at this URL (`http`, `https`, `socks5`, `socks5h`).
    case url(String)
}

/// Credentials sent in `Authorization`.
public enum HTTPAuthentication: Sendable, Equatable {
    /// No credentials.
    case none
    /// RFC 7617.
    case basic(user: String, password: String)
    /// RFC 6750.
    case bearer(String)
}
