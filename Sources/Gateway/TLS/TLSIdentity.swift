/// Where a certificate with its private key lies.
struct TLSIdentity: Sendable, Equatable {
    /// PEM: the certificate itself first, then the intermediate ones.
    var chainFile: String
    /// PEM, without a passphrase; may be the same file.
    var keyFile: String
    /// The server names it is for, exact ones and `*.example.com`; empty for those that the certificate names.
    var serverNames: [String] = []
}
