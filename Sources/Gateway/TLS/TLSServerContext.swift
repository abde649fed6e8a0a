import CTLS

/// The server's side of TLS: certificates, versions, protocols. Made once and never changed; a reload makes another one
/// and lets the old one go, which its sessions keep alive until they end. The keys of session tickets are made with the
/// context too, so a reload also ends the use of old tickets.
final class TLSServerContext: Sendable {
    /// The certificates in the order of the options, the default first.
    let certificates: [TLSServedCertificate]
    /// The first certificate's. It makes every session; another takes over when the client names it.
    private let first: TLSContextHandle
    /// Keeps the others too.
    private let chooser: ServerNameChooser

    /// Reads the files.
    init(_ options: TLSServerOptions) throws(TLSError) {
        var handles: [TLSContextHandle] = []
        var certificates: [TLSServedCertificate] = []
        var names = ServerNameTable<TLSContextHandle>()
        for identity in options.identities {
            let handle = try TLSServerContext.handle(options)
            let served = try TLSServerContext.served(identity, try handle.use(identity))
            for name in served.serverNames { _ = names.add(name, handle) }
            handles.append(handle)
            certificates.append(served)
        }
        guard let first = handles.first else {
            throw TLSError(kind: .invalidOptions, message: "a TLS listener needs a certificate")
        }
        try TLSServerContext.demandCertificates(options.clientCertificates, first: first, others: handles.dropFirst())
        chooser = ServerNameChooser(names)
        gatehouse_tls_choose_by_name(first.pointer, chooser.pointer)
        self.first = first
        self.certificates = certificates
    }

    /// The server's end of a connection whose descriptor does not block. The session never closes the descriptor; the
    /// process must ignore SIGPIPE, since OpenSSL writes to it.
    func session(descriptor: Int32) throws(TLSError) -> TLSSession {
        try TLSSession(server: self, handle: first, descriptor: descriptor)
    }

    /// Certificates that are not valid at a time.
    func warnings(atSeconds now: Int64) -> [TLSWarning] { certificates.compactMap { $0.warning(atSeconds: now) } }

    private static func handle(_ options: TLSServerOptions) throws(TLSError) -> TLSContextHandle {
        var flags = gatehouse_tls_server
        if options.usesKernel { flags |= gatehouse_tls_kernel }
        if !options.releasesBuffers { flags |= gatehouse_tls_keeps_buffers }
        if !options.resumesSessions { flags |= gatehouse_tls_without_tickets }
        let handle = try TLSContextHandle(
            flags: flags, minimum: options.minimumVersion, maximum: options.maximumVersion)
        handle.select(options.protocols)
        return handle
    }

    /// Checks the names of the options; those in a certificate that cannot be asked for do no harm.
    private static func served(
        _ identity: TLSIdentity, _ certificate: TLSCertificate
    ) throws(TLSError) -> TLSServedCertificate {
        var scratch = ServerNameTable<Void>()
        for name in identity.serverNames where !scratch.add(name, ()) {
            let message = "\(name.debugDescription) is no server name (exact, or *.example.com)"
            throw TLSError(kind: .invalidName, path: identity.chainFile, message: message)
        }
        let names = identity.serverNames.isEmpty ? certificate.serverNames : identity.serverNames
        return TLSServedCertificate(path: identity.chainFile, certificate: certificate, serverNames: names)
    }

    private static func demandCertificates(
        _ policy: ClientCertificatePolicy, first: TLSContextHandle, others: ArraySlice<TLSContextHandle>
    ) throws(TLSError) {
        guard let file = policy.authoritiesFile else { return }
        try first.trust(file)
        for handle in others { gatehouse_tls_share_trust(handle.pointer, first.pointer) }
        for handle in [first] + others {
            try handle.nameAuthorities(file)
            gatehouse_tls_set_verification(handle.pointer, policy.verification)
        }
    }
}

extension ClientCertificatePolicy {
    fileprivate var verification: gatehouse_tls_verification {
        switch self {
        case .none: gatehouse_tls_verify_none
        case .optional: gatehouse_tls_verify_if_given
        case .required: gatehouse_tls_verify_required
        case .reported: gatehouse_tls_verify_report
        }
    }
}
