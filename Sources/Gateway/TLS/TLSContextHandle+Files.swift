import CTLS

extension TLSContextHandle {
    /// Loads a chain and its key.
    ///
    /// - Returns: The certificate, the first of the chain.
    func use(_ identity: TLSIdentity) throws(TLSError) -> TLSCertificate {
        try PEMFile.check(identity.chainFile)
        var failure = gatehouse_tls_failure()
        guard gatehouse_tls_use_chain(pointer, identity.chainFile, &failure) == 1 else {
            throw PEMFile.error(identity.chainFile, failure, wanted: "certificate")
        }
        guard let certificate else {
            throw TLSError(kind: .refused, path: identity.chainFile, message: "the certificate has unreadable dates")
        }
        try useKey(identity.keyFile, chainFile: identity.chainFile)
        return certificate
    }

    private func useKey(_ path: String, chainFile: String) throws(TLSError) {
        try PEMFile.check(path)
        var failure = gatehouse_tls_failure()
        var isEncrypted: Int32 = 0
        if gatehouse_tls_use_key(pointer, path, &isEncrypted, &failure) == 1 { return }
        if isEncrypted != 0 {
            let advice = "decrypt it with `openssl pkey -in \(path) -out FILE`"
            throw TLSError(kind: .encryptedKey, path: path, message: "the private key needs a passphrase; \(advice)")
        }
        if PEMFile.isMismatch(failure) {
            let message = "the private key does not belong to the certificate in \(chainFile)"
            throw TLSError(kind: .keyMismatch, path: path, message: message)
        }
        throw PEMFile.error(path, failure, wanted: "private key")
    }

    /// Trusts the authorities of a file.
    func trust(_ path: String) throws(TLSError) {
        try PEMFile.check(path)
        var failure = gatehouse_tls_failure()
        guard gatehouse_tls_trust_file(pointer, path, &failure) == 1 else {
            throw PEMFile.error(path, failure, wanted: "certificate")
        }
    }

    /// Trusts what the system trusts.
    func trustSystem() throws(TLSError) {
        var failure = gatehouse_tls_failure()
        guard gatehouse_tls_trust_system(pointer, &failure) == 1 else { throw TLSError.internalError(failure) }
    }

    /// Tells clients which authorities a good certificate comes from; the file is the one that ``trust(_:)`` had.
    func nameAuthorities(_ path: String) throws(TLSError) {
        var failure = gatehouse_tls_failure()
        guard gatehouse_tls_name_authorities(pointer, path, &failure) == 1 else {
            throw PEMFile.error(path, failure, wanted: "certificate")
        }
    }
}
