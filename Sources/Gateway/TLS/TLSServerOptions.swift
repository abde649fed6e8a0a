/// What a ``TLSServerContext`` is made of.
struct TLSServerOptions: Sendable, Equatable {
    /// The first one serves clients that send no name or an unknown one. Where two are for one name, the first wins.
    var identities: [TLSIdentity]
    /// The oldest version that is spoken.
    var minimumVersion = TLSVersion.tls12
    /// The newest one.
    var maximumVersion = TLSVersion.tls13
    /// In order of preference; empty ignores what clients offer.
    var protocols: [ALPNProtocol] = [.http2, .http11]
    /// What is wanted of clients' certificates.
    var clientCertificates = ClientCertificatePolicy.none
    /// Whether clients get tickets to resume sessions with.
    var resumesSessions = true
    /// Gives idle sessions' buffers back: 14 KB a session instead of 47, and two more `malloc` for each burst.
    var releasesBuffers = true
    /// Lets the kernel encrypt where it can (`SSL_OP_ENABLE_KTLS`).
    var usesKernel = false

    /// Every file, for ``WatchedFiles``.
    var files: [String] {
        identities.flatMap { [$0.chainFile, $0.keyFile] } + [clientCertificates.authoritiesFile].compactMap { $0 }
    }
}
