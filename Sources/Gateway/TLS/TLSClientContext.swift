import CTLS

/// The client's side of TLS, for upstreams. Made once and never changed, except for the sessions it keeps to resume.
final class TLSClientContext: Sendable {
    let handle: TLSContextHandle
    /// Nil when sessions are not resumed.
    let tickets: TLSTicketStore?
    private let skipsVerification: Bool

    /// Reads the files.
    init(_ options: TLSClientOptions) throws(TLSError) {
        var flags = 0
        if options.usesKernel { flags |= gatehouse_tls_kernel }
        if !options.releasesBuffers { flags |= gatehouse_tls_keeps_buffers }
        if !options.resumesSessions { flags |= gatehouse_tls_without_tickets }
        handle = try TLSContextHandle(flags: flags, minimum: options.minimumVersion, maximum: options.maximumVersion)
        try handle.offer(options.protocols)
        if let identity = options.identity { _ = try handle.use(identity) }
        skipsVerification = options.skipsVerification
        tickets = options.resumesSessions ? TLSTicketStore() : nil
        try trust(options)
        if tickets != nil { keepTickets() }
    }

    /// The client's end of a connection whose descriptor does not block. The session never closes the descriptor; the
    /// process must ignore SIGPIPE, since OpenSSL writes to it.
    ///
    /// - Parameter serverName: The host name or IP address that the certificate must be for; a host name is also sent.
    func session(descriptor: Int32, serverName: String) throws(TLSError) -> TLSSession {
        let isAddress = ServerName.isAddress(serverName)
        guard let name = isAddress ? serverName : ServerName.normalized(serverName), !name.contains("*") else {
            let message = "\(serverName.debugDescription) is neither a host name nor an IP address"
            throw TLSError(kind: .invalidName, message: message)
        }
        let session = try TLSSession(client: self, handle: handle, descriptor: descriptor, serverName: name)
        try session.expect(name, isAddress: isAddress)
        if let ticket = tickets?.ticket(for: name) { session.resume(ticket) }
        return session
    }

    private func trust(_ options: TLSClientOptions) throws(TLSError) {
        if let file = options.authoritiesFile {
            try handle.trust(file)
        } else if !skipsVerification {
            try handle.trustSystem()
        }
        gatehouse_tls_set_verification(
            handle.pointer, skipsVerification ? gatehouse_tls_verify_none : gatehouse_tls_verify_required)
    }

    private func keepTickets() {
        gatehouse_tls_keep_tickets(handle.pointer) { session, ticket in
            if let session, let ticket, let owner = gatehouse_tls_owner(session) {
                Unmanaged<TLSSession>.fromOpaque(owner).takeUnretainedValue().keep(ticket)
            }
            return 0
        }
    }
}
