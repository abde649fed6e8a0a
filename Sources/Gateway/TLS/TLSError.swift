import CTLS

/// Why a context or a session could not be made.
struct TLSError: Error, Equatable, CustomStringConvertible {
    /// The class of the failure.
    enum Kind: String, Sendable {
        /// OpenSSL is not installed or too old.
        case unavailable
        /// A file is absent or may not be read.
        case unreadable
        /// A file has no PEM block of the kind that is wanted.
        case notPEM
        /// OpenSSL does not take what a PEM block holds: damaged, too small a key, too weak a signature.
        case refused
        /// The private key needs a passphrase.
        case encryptedKey
        /// The private key is not the certificate's.
        case keyMismatch
        /// A server name that no certificate can be for.
        case invalidName
        /// Options that contradict each other.
        case invalidOptions
        /// OpenSSL failed, mostly without memory.
        case internalError
    }

    /// The class of the failure.
    var kind: Kind
    /// The file that is wrong, if one is.
    var path: String?
    /// What is wrong and what to do.
    var message: String

    /// The file and the message.
    var description: String { path.map { "\($0): \(message)" } ?? message }
}

extension TLSError {
    /// What is thrown where libssl is missing.
    static var unavailable: TLSError {
        let reason = gatehouse_tls_problem().map { String(cString: $0) } ?? ""
        return TLSError(kind: .unavailable, message: "TLS needs OpenSSL 3 (package libssl3): \(reason)")
    }

    /// What a call of OpenSSL left behind.
    static func internalError(_ failure: gatehouse_tls_failure) -> TLSError {
        TLSError(kind: .internalError, message: TLSFailure(failure, isHandshake: false).description)
    }
}
