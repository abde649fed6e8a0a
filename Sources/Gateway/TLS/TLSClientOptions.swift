/// What a ``TLSClientContext`` is made of.
struct TLSClientOptions: Sendable, Equatable {
    /// The oldest version that is spoken.
    var minimumVersion = TLSVersion.tls12
    /// The newest one.
    var maximumVersion = TLSVersion.tls13
    /// PEM file of the authorities that are trusted; nil for the system's (`SSL_CERT_FILE` and `SSL_CERT_DIR` count).
    var authoritiesFile: String?
    /// `insecure_skip_verify`: every certificate and every name in it is accepted.
    var skipsVerification = false
    /// What is offered, in order; empty offers nothing.
    var protocols: [ALPNProtocol] = [.http11]
    /// Our certificate, for servers that ask for one.
    var identity: TLSIdentity?
    /// Whether sessions are resumed, one a server name.
    var resumesSessions = true
    /// Gives idle sessions' buffers back: 14 KB a session instead of 47, and two more `malloc` for each burst.
    var releasesBuffers = true
    /// Lets the kernel encrypt where it can (`SSL_OP_ENABLE_KTLS`).
    var usesKernel = false

    /// Every file, for ``WatchedFiles``.
    var files: [String] {
        (identity.map { [$0.chainFile, $0.keyFile] } ?? []) + [authoritiesFile].compactMap { $0 }
    }
}
