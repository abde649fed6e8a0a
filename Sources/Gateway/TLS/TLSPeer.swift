/// What a peer proved by its certificate.
enum TLSPeer: Sendable, Equatable {
    /// It gave none, or was not asked.
    case anonymous
    /// It is who the certificate says.
    case verified(TLSCertificate)
    /// It gave one that is not good, which this context lets pass; the text says what is wrong.
    case unverified(TLSCertificate, reason: String)
}
