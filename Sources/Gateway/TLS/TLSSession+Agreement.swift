import CTLS

/// What both sides agreed on, known once the handshake is done.
extension TLSSession {
    /// The protocol chosen by ALPN; nil when the peer did not take part, and then it speaks HTTP/1.1.
    var applicationProtocol: ALPNProtocol? {
        var bytes: UnsafePointer<UInt8>?
        let length = gatehouse_tls_protocol(session, &bytes)
        return ALPNProtocol(UnsafeBufferPointer(start: bytes, count: Int(length)))
    }

    /// The version.
    var version: TLSVersion? { TLSVersion(rawValue: gatehouse_tls_version(session)) }

    /// The cipher suite as OpenSSL names it: `TLS_AES_128_GCM_SHA256`; empty before there is one.
    var cipher: String { gatehouse_tls_cipher(session).map { String(cString: $0) } ?? "" }

    /// The name that a server's client asked for (SNI), as it wrote it.
    var requestedServerName: String? {
        // A client gets its own name back, which it knows.
        guard serverName.isEmpty else { return nil }
        return gatehouse_tls_server_name(session).map { String(cString: $0) }
    }

    /// Whether an earlier session's keys were used, without another look at certificates.
    var wasResumed: Bool { gatehouse_tls_was_resumed(session) == 1 }

    /// Who the peer is, from its certificate; a resumed session tells what the first one found.
    var peer: TLSPeer {
        guard let pointer = gatehouse_tls_peer_certificate(session), let certificate = TLSCertificate(pointer) else {
            return .anonymous
        }
        let code = gatehouse_tls_verify_result(session)
        guard code != 0 else { return .verified(certificate) }
        let reason = gatehouse_tls_verify_text(code).map { String(cString: $0) } ?? "error \(code)"
        return .unverified(certificate, reason: reason)
    }

    /// Which directions the kernel took over (kTLS).
    var kernelDirections: (sends: Bool, receives: Bool) {
        let bits = gatehouse_tls_kernel_directions(session)
        return (bits & 1 != 0, bits & 2 != 0)
    }
}
