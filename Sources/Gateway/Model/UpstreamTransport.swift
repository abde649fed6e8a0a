/// How the upstreams of a cell are spoken to; whether TLS is used is said by their URLs.
public struct UpstreamTransport: Sendable, Hashable {
    /// The protocols that can be spoken to upstreams.
    public enum Version: String, Sendable, CaseIterable {
        /// HTTP/1.1.
        case http1
        /// HTTP/2: by ALPN with TLS, with prior knowledge without (RFC 9113, section 3.3). gRPC needs it.
        case http2
    }

    /// What is spoken.
    public var version: Version
    /// PEM file of the authorities whose certificates are trusted; nil for the system's.
    public var authoritiesFile: String?
    /// The name in the certificate, and the one that is asked for (SNI); nil for the upstream's host.
    public var serverName: String?
    /// Any certificate is taken: for tests only.
    public var skipsVerification: Bool
    /// Our own certificate, PEM with its chain; nil without one.
    public var certificateFile: String?
    /// Its private key, PEM.
    public var keyFile: String?

    /// HTTP/1.1, the system's authorities.
    public init(
        version: Version = .http1, authoritiesFile: String? = nil, serverName: String? = nil,
        skipsVerification: Bool = false, certificateFile: String? = nil, keyFile: String? = nil
    ) {
        self.version = version
        self.authoritiesFile = authoritiesFile
        self.serverName = serverName
        self.skipsVerification = skipsVerification
        self.certificateFile = certificateFile
        self.keyFile = keyFile
    }

    /// For ``TLSClientContext``.
    var hasTLSSettings: Bool {
        authoritiesFile != nil || serverName != nil || skipsVerification || certificateFile != nil || keyFile != nil
    }

    var options: TLSClientOptions {
        var options = TLSClientOptions()
        options.authoritiesFile = authoritiesFile
        options.skipsVerification = skipsVerification
        options.protocols = version == .http2 ? [.http2] : [.http11]
        if let certificateFile, let keyFile {
            options.identity = TLSIdentity(chainFile: certificateFile, keyFile: keyFile)
        }
        return options
    }
}
