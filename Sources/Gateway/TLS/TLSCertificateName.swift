import CTLS

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// One of a certificate's subjectAltNames (RFC 5280, 4.2.1.6).
enum TLSCertificateName: Sendable, Hashable {
    /// A host name or `*.example.com`, in lower case.
    case dns(String)
    /// An IP address as text.
    case address(String)
    /// A URI, such as a SPIFFE id.
    case uri(String)
    /// A mail address.
    case email(String)

    /// Without the kind.
    var text: String {
        switch self {
        case .dns(let text), .address(let text), .uri(let text), .email(let text): text
        }
    }

    /// Nil for kinds that are not read and for bytes that could deceive a reader: not printable ASCII, NUL among them.
    init?(kind: Int32, bytes: UnsafeBufferPointer<UInt8>) {
        if kind == Int32(gatehouse_tls_name_address.rawValue) {
            guard let text = TLSCertificateName.addressText(bytes) else { return nil }
            self = .address(text)
            return
        }
        guard !bytes.isEmpty, bytes.allSatisfy({ (0x21...0x7e).contains($0) }) else { return nil }
        let text = String(decoding: bytes, as: UTF8.self)
        switch kind {
        case Int32(gatehouse_tls_name_dns.rawValue): self = .dns(text.lowercased())
        case Int32(gatehouse_tls_name_uri.rawValue): self = .uri(text)
        case Int32(gatehouse_tls_name_email.rawValue): self = .email(text)
        default: return nil
        }
    }

    private static func addressText(_ bytes: UnsafeBufferPointer<UInt8>) -> String? {
        guard bytes.count == 4 || bytes.count == 16 else { return nil }
        var buffer = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        let family = bytes.count == 4 ? AF_INET : AF_INET6
        guard let text = inet_ntop(family, bytes.baseAddress, &buffer, socklen_t(buffer.count)) else { return nil }
        return String(cString: text)
    }
}
