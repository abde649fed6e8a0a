/// The TLS listener; off without certificates.
public struct TLSSettings: Sendable, Equatable {
    /// What is asked of clients.
    public enum ClientCertificates: String, Sendable, CaseIterable {
        /// Nothing.
        case none
        /// A good certificate or none.
        case optional
        /// A good certificate.
        case required
    }

    /// The oldest version that is spoken.
    public enum Version: String, Sendable, CaseIterable {
        /// TLS 1.2.
        case tls12 = "1.2"
        /// TLS 1.3.
        case tls13 = "1.3"
    }

    /// A certificate with its key.
    public struct Certificate: Sendable, Equatable {
        /// PEM: the certificate, then the intermediate ones.
        public var chainFile: String
        /// PEM, without a passphrase.
        public var keyFile: String
        /// Server names it is for; empty for those that it names itself.
        public var names: [String]

        /// A certificate.
        public init(chainFile: String, keyFile: String, names: [String] = []) {
            self.chainFile = chainFile
            self.keyFile = keyFile
            self.names = names
        }
    }

    /// Where clients connect.
    public var listen: SocketEndpoint
    /// The first serves clients that ask for no name, or an unknown one.
    public var certificates: [Certificate]
    /// The oldest version that is spoken.
    public var minimumVersion: Version
    /// HTTP/2 is offered.
    public var offersHTTP2: Bool
    /// What is asked of clients.
    public var clientCertificates: ClientCertificates
    /// PEM file of the authorities that sign clients' certificates.
    public var clientAuthoritiesFile: String?

    /// Port 8443, TLS 1.2 and HTTP/2.
    public init(
        listen: SocketEndpoint = SocketEndpoint(host: "0.0.0.0", port: 8443), certificates: [Certificate] = [],
        minimumVersion: Version = .tls12, offersHTTP2: Bool = true,
        clientCertificates: ClientCertificates = .none, clientAuthoritiesFile: String? = nil
    ) {
        self.listen = listen
        self.certificates = certificates
        self.minimumVersion = minimumVersion
        self.offersHTTP2 = offersHTTP2
        self.clientCertificates = clientCertificates
        self.clientAuthoritiesFile = clientAuthoritiesFile
    }

    /// Whether there is a listener.
    public var isEnabled: Bool { !certificates.isEmpty }

    /// For ``TLSServerContext``.
    var options: TLSServerOptions {
        var options = TLSServerOptions(
            identities: certificates.map {
                TLSIdentity(chainFile: $0.chainFile, keyFile: $0.keyFile, serverNames: $0.names)
            })
        options.minimumVersion = minimumVersion == .tls12 ? .tls12 : .tls13
        options.protocols = offersHTTP2 ? [.http2, .http11] : [.http11]
        let file = clientAuthoritiesFile ?? ""
        switch clientCertificates {
        case .none: options.clientCertificates = .none
        case .optional: options.clientCertificates = .optional(authoritiesFile: file)
        case .required: options.clientCertificates = .required(authoritiesFile: file)
        }
        return options
    }
}
