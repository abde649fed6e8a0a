import CTLS

/// Why a session failed. It holds numbers only; texts are looked up when they are asked for, so that a flood of bad
/// connections costs no memory.
struct TLSFailure: Error, Sendable, Equatable {
    /// The class of the failure, few enough for a metric's label.
    enum Kind: String, Sendable, CaseIterable {
        /// The connection ended too early, in the middle of the handshake mostly: port scans and health checks do that.
        case endOfStream = "end_of_stream"
        /// The socket failed: reset, timed out.
        case socket
        /// We did not accept the peer's certificate, or it gave none.
        case certificate
        /// The peer sent a fatal alert.
        case alert
        /// No cipher, group or signature algorithm in common.
        case noSharedCipher = "no_shared_cipher"
        /// No application protocol in common (RFC 7301).
        case noSharedProtocol = "no_shared_protocol"
        /// No version in common.
        case version
        /// The peer speaks plain HTTP.
        case plainHTTP = "plain_http"
        /// The peer does not speak TLS.
        case notTLS = "not_tls"
        /// The peer breaks the protocol, or someone changed its bytes.
        case violation
        /// Ours: no memory, or a call that is not allowed.
        case internalError = "internal"
    }

    /// The class of the failure.
    let kind: Kind
    /// OpenSSL's packed error, or 0.
    private let code: UInt
    /// What is wrong with the peer's certificate (`X509_V_ERR_*`), or 0.
    private let verifyCode: Int
    /// `errno`, or 0.
    private let systemCode: Int32
    private let isHandshake: Bool

    init(_ failure: gatehouse_tls_failure, isHandshake: Bool) {
        code = failure.code
        verifyCode = failure.verify
        systemCode = failure.system
        self.isHandshake = isHandshake
        kind = TLSFailure.kind(of: failure, isHandshake: isHandshake)
    }

    /// The number of the alert that the peer sent (RFC 8446, 6.2), if it sent one.
    var alert: Int? { TLSFailure.alert(of: code) }
}

extension TLSFailure: CustomStringConvertible {
    /// A short text, constant for a cause: `certificate verify failed: self-signed certificate`.
    var description: String {
        if let alert { return "\(TLSAlert.name(of: alert)) alert" }
        if systemCode != 0 { return SystemErrorText.of(systemCode) }
        switch kind {
        case .endOfStream: return "the peer closed the connection\(isHandshake ? " during the handshake" : "")"
        case .plainHTTP: return "http request on a TLS port"
        case .notTLS: return "not a TLS record"
        case .certificate where verifyCode != 0: return "certificate verify failed: \(verifyText(verifyCode))"
        default: break
        }
        guard code != 0, let text = gatehouse_tls_reason_text(code) else { return "TLS failed" }
        return String(cString: text)
    }

    private func verifyText(_ code: Int) -> String {
        gatehouse_tls_verify_text(code).map { String(cString: $0) } ?? "error \(code)"
    }
}

extension TLSFailure {
    /// `ERR_LIB_SSL`.
    private static let sslLibrary: Int32 = 20
    /// Alerts of the peer are errors whose reason is this and the alert's number (`SSL_AD_REASON_OFFSET`).
    private static let alertReasons: Range<Int32> = 1000..<1256

    private static func alert(of code: UInt) -> Int? {
        let reason = gatehouse_tls_error_reason(code)
        guard gatehouse_tls_error_library(code) == sslLibrary, alertReasons.contains(reason) else { return nil }
        return Int(reason - alertReasons.lowerBound)
    }

    private static func kind(of failure: gatehouse_tls_failure, isHandshake: Bool) -> Kind {
        if failure.system != 0 { return .socket }
        if failure.code == 0 { return .endOfStream }
        if alert(of: failure.code) != nil { return .alert }
        guard gatehouse_tls_error_library(failure.code) == sslLibrary else { return .violation }
        return kind(ofReason: gatehouse_tls_error_reason(failure.code))
    }

    /// OpenSSL's `SSL_R_*`, which never change their numbers.
    private static func kind(ofReason reason: Int32) -> Kind {
        switch reason {
        case 294: .endOfStream  // UNEXPECTED_EOF_WHILE_READING
        case 134, 199: .certificate  // CERTIFICATE_VERIFY_FAILED, PEER_DID_NOT_RETURN_A_CERTIFICATE
        // NO_SUITABLE_KEY_SHARE, _SIGNATURE_ALGORITHM, NO_SHARED_CIPHER, NO_SUITABLE_GROUPS, NO_SHARED_SIGNATURE_
        // ALGORITHMS, NO_SHARED_GROUPS
        case 101, 118, 193, 295, 376, 410: .noSharedCipher
        case 235: .noSharedProtocol  // NO_APPLICATION_PROTOCOL
        case 166, 191, 258, 396: .version  // VERSION_TOO_HIGH, NO_PROTOCOLS_AVAILABLE, UNSUPPORTED_PROTOCOL, _TOO_LOW
        case 155, 156: .plainHTTP  // HTTPS_PROXY_REQUEST, HTTP_REQUEST
        case 252, 267: .notTLS  // UNKNOWN_PROTOCOL, WRONG_VERSION_NUMBER
        // BAD_WRITE_RETRY, BAD_LENGTH, UNINITIALIZED, MALLOC_FAILURE (as ERR_R_*), INTERNAL_ERROR
        case 127, 271, 276, 786_688, 786_691: .internalError
        default: .violation
        }
    }
}
