/// The contract's rule of tenant ids: 1–64 bytes of `A-Z a-z 0-9 . _ -`, the first a letter or digit.
///
/// What passes is safe in a header, a URL's path and a file's name: no CR, LF, `/`, and never `.` or `..`.
enum TenantRule {
    static let maxBytes = 64

    static func accepts(_ id: UnsafeRawBufferPointer) -> Bool {
        guard let first = id.first, id.count <= maxBytes, isAlphanumeric(first) else { return false }
        return id.allSatisfy { isAlphanumeric($0) || $0 == 0x2e || $0 == 0x5f || $0 == 0x2d }
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
    }
}
