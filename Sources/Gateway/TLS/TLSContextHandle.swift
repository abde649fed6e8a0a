import CTLS

/// Owns one `SSL_CTX`, which is changed only while its owner makes it.
///
/// It may be sent: once set up, OpenSSL only counts references in it, atomically.
final class TLSContextHandle: @unchecked Sendable {
    let pointer: OpaquePointer
    /// The list that OpenSSL reads when a client offers protocols; it must live as long as the context.
    private var protocols: UnsafeMutablePointer<UInt8>?

    init(flags: Int, minimum: TLSVersion, maximum: TLSVersion) throws(TLSError) {
        guard gatehouse_tls_available() == 1 else { throw TLSError.unavailable }
        guard minimum <= maximum else {
            throw TLSError(kind: .invalidOptions, message: "the minimum TLS version is above the maximum")
        }
        var failure = gatehouse_tls_failure()
        guard let made = gatehouse_tls_context_new(UInt32(flags), minimum.rawValue, maximum.rawValue, &failure) else {
            throw TLSError.internalError(failure)
        }
        pointer = made
    }

    deinit {
        gatehouse_tls_context_free(pointer)
        protocols?.deallocate()
    }

    /// Answers clients' lists of protocols with the first of ours that is among them.
    func select(_ list: [ALPNProtocol]) {
        guard !list.isEmpty, protocols == nil else { return }
        let wire = ALPNProtocol.wire(list)
        let memory = UnsafeMutablePointer<UInt8>.allocate(capacity: wire.count)
        memory.initialize(from: wire, count: wire.count)
        protocols = memory
        gatehouse_tls_select_protocol(pointer, memory)
    }

    /// Offers a list to servers.
    func offer(_ list: [ALPNProtocol]) throws(TLSError) {
        guard !list.isEmpty else { return }
        guard gatehouse_tls_offer_protocols(pointer, ALPNProtocol.wire(list)) == 1 else {
            throw TLSError(kind: .internalError, message: "OpenSSL refused the list of protocols")
        }
    }

    /// What the context was given by ``use(_:)``.
    var certificate: TLSCertificate? { gatehouse_tls_context_certificate(pointer).flatMap { TLSCertificate($0) } }
}
