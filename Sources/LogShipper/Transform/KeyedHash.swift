import CCrypto

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// HMAC-SHA-256 (RFC 2104) by OpenSSL's libcrypto, of which the first eight bytes are written in hexadecimal.
final class KeyedHash {
    private static let blockBytes = 64
    private let inner = GrowableBytes()
    private let outer = GrowableBytes()

    /// Whether libcrypto was found; without it there are no hashes.
    static var isAvailable: Bool { gatehouse_crypto_available() != 0 }

    init(salt: [UInt8]) {
        var key = salt
        if key.count > KeyedHash.blockBytes {
            let digest = GrowableBytes()
            key = salt.withUnsafeBytes { KeyedHash.digest($0, digest) } ? Array(digest.bytes) : []
        }
        key += [UInt8](repeating: 0, count: KeyedHash.blockBytes - key.count)
        inner.append(key.map { $0 ^ 0x36 })
        outer.append(key.map { $0 ^ 0x5c })
    }

    /// Appends `hmac:` and 16 digits, or the mask should libcrypto fail.
    func append(_ text: UnsafeRawBufferPointer, to output: GrowableBytes) {
        defer { (inner.count, outer.count) = (KeyedHash.blockBytes, KeyedHash.blockBytes) }
        inner.append(text)
        guard KeyedHash.digest(inner.bytes, outer) else {
            output.append(Replacement.mask)
            return
        }
        let result = GrowableBytes(capacity: 32)
        guard KeyedHash.digest(outer.bytes, result) else {
            output.append(Replacement.mask)
            return
        }
        output.append(Replacement.hashPrefix)
        for byte in result.bytes.prefix(8) {
            output.append(KeyedHash.digit(byte >> 4))
            output.append(KeyedHash.digit(byte & 15))
        }
    }

    private static func digit(_ value: UInt8) -> UInt8 { value < 10 ? 0x30 + value : 0x57 + value }

    /// Appends a digest.
    private static func digest(_ text: UnsafeRawBufferPointer, _ output: GrowableBytes) -> Bool {
        let room = output.room(32).assumingMemoryBound(to: UInt8.self)
        guard gatehouse_sha256(text.baseAddress, text.count, room) == 1 else { return false }
        output.count += 32
        return true
    }
}
