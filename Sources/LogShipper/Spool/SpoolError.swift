/// Why a spool cannot be opened. Damage is no reason: that is skipped and counted.
enum SpoolError: Error, Equatable, CustomStringConvertible {
    case system(SystemError)
    case noCrypto
    case badKeyFile(String)
    case missingKey(id: UInt64, path: String)
    case foreignVersion(UInt16, path: String)

    var description: String {
        switch self {
        case .system(let error): "the spool: \(error)"
        case .noCrypto:
            "spool.key_files asks for encryption, but OpenSSL's libcrypto (libcrypto.so.3 or .so.1.1) was not found or "
                + "does not do AES-256-GCM; install it, or leave spool.key_files out"
        case .badKeyFile(let path):
            "\(path): a spool's key is 32 bytes, or 64 hexadecimal digits"
        case .missingKey(let id, let path):
            "\(path) is encrypted with key \(SpoolKey.name(of: id)), which is in none of spool.key_files; add its file "
                + "behind the first one, or remove the segment to give its lines up"
        case .foreignVersion(let version, let path):
            "\(path) has version \(version), this program reads version \(SegmentHeader.version)"
        }
    }
}
