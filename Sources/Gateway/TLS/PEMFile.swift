import CTLS

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Why a PEM file could not be used. OpenSSL reads the files itself, so that private keys stay in its memory.
enum PEMFile {
    /// Fails where the file cannot be opened or is not a regular one: reading a pipe could wait for ever.
    static func check(_ path: String) throws(TLSError) {
        guard !path.utf8.contains(0) else { throw TLSError(kind: .unreadable, path: path, message: "not a path") }
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            throw TLSError(kind: .unreadable, path: path, message: SystemErrorText.of(errno))
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw TLSError(kind: .unreadable, path: path, message: "not a regular file")
        }
    }

    /// The error for a file that OpenSSL did not take.
    static func error(_ path: String, _ failure: gatehouse_tls_failure, wanted: String) -> TLSError {
        if failure.system != 0 {
            return TLSError(kind: .unreadable, path: path, message: SystemErrorText.of(failure.system))
        }
        if hasNoBlock(failure) {
            return TLSError(kind: .notPEM, path: path, message: "the file holds no \(wanted) in PEM")
        }
        if isUndecodable(failure) {
            let message = "the file holds no \(wanted) in PEM, or one that OpenSSL cannot read"
            return TLSError(kind: .notPEM, path: path, message: message)
        }
        let reason = gatehouse_tls_reason_text(failure.code).map { String(cString: $0) } ?? "unknown reason"
        return TLSError(kind: .refused, path: path, message: "OpenSSL refuses the \(wanted): \(reason)")
    }

    /// X509_R_KEY_TYPE_MISMATCH, X509_R_KEY_VALUES_MISMATCH; SSL_R_NO_CERTIFICATE_ASSIGNED where the kinds differ.
    static func isMismatch(_ failure: gatehouse_tls_failure) -> Bool {
        switch (gatehouse_tls_error_library(failure.code), gatehouse_tls_error_reason(failure.code)) {
        case (11, 115), (11, 116), (20, 177): true
        default: false
        }
    }

    /// PEM_R_NO_START_LINE; X509_R_NO_CERTIFICATE_OR_CRL_FOUND and its sisters.
    private static func hasNoBlock(_ failure: gatehouse_tls_failure) -> Bool {
        switch (gatehouse_tls_error_library(failure.code), gatehouse_tls_error_reason(failure.code)) {
        case (9, 108), (11, 135...137): true
        default: false
        }
    }

    /// ERR_R_UNSUPPORTED of OpenSSL's decoders, which try a key in every form and do not say how far each came.
    private static func isUndecodable(_ failure: gatehouse_tls_failure) -> Bool {
        gatehouse_tls_error_library(failure.code) == 60 && gatehouse_tls_error_reason(failure.code) == 524_556
    }
}
