import CTLS

/// What a certificate says of itself.
struct TLSCertificate: Sendable, Equatable {
    /// RFC 2253: `CN=example.com,O=Example`, in ASCII with escapes; cut at 1,024 bytes.
    let subject: String
    /// Its subjectAltNames, as it has them.
    let names: [TLSCertificateName]
    /// The first second of its life, Unix.
    let notBeforeSeconds: Int64
    /// The last second of its life, Unix; for the metric of what expires next.
    let notAfterSeconds: Int64

    private static let maxSubjectBytes = 1024

    /// Nil when its dates cannot be read. The pointer is OpenSSL's `X509`.
    init?(_ certificate: OpaquePointer) {
        var start: Int64 = 0
        var end: Int64 = 0
        guard gatehouse_tls_validity(certificate, &start, &end) == 1 else { return nil }
        notBeforeSeconds = start
        notAfterSeconds = end
        names = TLSCertificate.names(of: certificate)
        subject = withUnsafeTemporaryAllocation(of: CChar.self, capacity: TLSCertificate.maxSubjectBytes) { buffer in
            let length = gatehouse_tls_subject(certificate, buffer.baseAddress, buffer.count)
            return String(decoding: UnsafeRawBufferPointer(buffer).prefix(length), as: UTF8.self)
        }
    }

    private static func names(of certificate: OpaquePointer) -> [TLSCertificateName] {
        var names: [TLSCertificateName] = []
        withUnsafeMutablePointer(to: &names) { list in
            gatehouse_tls_names(certificate, list) { list, kind, bytes, length in
                let bytes = UnsafeBufferPointer(start: bytes, count: length)
                guard let list, let name = TLSCertificateName(kind: kind, bytes: bytes) else { return }
                list.assumingMemoryBound(to: [TLSCertificateName].self).pointee.append(name)
            }
        }
        return names
    }

    /// Host names, those that clients name in SNI.
    var serverNames: [String] {
        names.compactMap { name in
            if case .dns(let text) = name { text } else { nil }
        }
    }
}
