import CCrypto

/// A key of 256 bits and the name that segments know it by.
struct SpoolKey: Equatable, Sendable {
    static let byteCount = 32

    /// The first eight bytes of SHA-256 over a fixed text and the key: it tells keys apart and says nothing of them.
    let id: UInt64
    let bytes: [UInt8]

    init?(_ bytes: [UInt8]) {
        guard bytes.count == SpoolKey.byteCount, SpoolCrypto.isAvailable else { return nil }
        self.bytes = bytes
        let input = Array("gatehouse spool key id\0".utf8) + bytes
        var hash = [UInt8](repeating: 0, count: 32)
        guard gatehouse_sha256(input, input.count, &hash) == 1 else { return nil }
        id = hash.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
    }

    var name: String { SpoolKey.name(of: id) }

    static func name(of id: UInt64) -> String {
        let digits = String(id, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
