import CCrypto

/// AES-256-GCM (NIST SP 800-38D) over a frame's payload. The nonce is the segment's random salt and the frame's number, so
/// none comes twice under a key: a segment is written by one run only, and no number of it twice.
enum SpoolCrypto {
    static let tagBytes = 16

    /// Whether libcrypto is there and gives the answer of the GCM specification's test case 14.
    static let isAvailable: Bool = {
        guard gatehouse_crypto_available() == 1 else { return false }
        return isTrusted()
    }()

    static func seal(
        _ plain: UnsafeRawBufferPointer, key: SpoolKey, salt: UInt64, number: UInt32, authenticating: [UInt8]
    ) -> [UInt8]? {
        var output = [UInt8](repeating: 0, count: plain.count + tagBytes)
        let code = gatehouse_gcm_seal(
            key.bytes, nonce(salt, number), authenticating, authenticating.count, plain.baseAddress, plain.count,
            &output)
        return code == 1 ? output : nil
    }

    /// Nil where anything is not what was sealed.
    static func open(
        _ sealed: [UInt8], key: SpoolKey, salt: UInt64, number: UInt32, authenticating: [UInt8]
    ) -> [UInt8]? {
        guard sealed.count >= tagBytes else { return nil }
        var output = [UInt8](repeating: 0, count: sealed.count - tagBytes)
        let code = gatehouse_gcm_open(
            key.bytes, nonce(salt, number), authenticating, authenticating.count, sealed, sealed.count, &output)
        return code == 1 ? output : nil
    }

    private static func nonce(_ salt: UInt64, _ number: UInt32) -> [UInt8] {
        withUnsafeBytes(of: salt.bigEndian) { Array($0) } + withUnsafeBytes(of: number.bigEndian) { Array($0) }
    }

    /// The library is called by declarations of our own; a known answer proves them, once a process.
    private static func isTrusted() -> Bool {
        let key = [UInt8](repeating: 0, count: 32)
        let nonce = [UInt8](repeating: 0, count: 12)
        let plain = [UInt8](repeating: 0, count: 16)
        // McGrew and Viega, "The Galois/Counter Mode of Operation", test case 14.
        let expected: [UInt8] = [
            0xce, 0xa7, 0x40, 0x3d, 0x4d, 0x60, 0x6b, 0x6e, 0x07, 0x4e, 0xc5, 0xd3, 0xba, 0xf3, 0x9d, 0x18,
            0xd0, 0xd1, 0xc8, 0xa7, 0x99, 0x99, 0x6b, 0xf0, 0x26, 0x5b, 0x98, 0xb5, 0xd4, 0x8a, 0xb9, 0x19,
        ]
        var sealed = [UInt8](repeating: 0, count: 32)
        var opened = [UInt8](repeating: 1, count: 16)
        guard gatehouse_gcm_seal(key, nonce, key, 0, plain, 16, &sealed) == 1, sealed == expected,
            gatehouse_gcm_open(key, nonce, key, 0, sealed, 32, &opened) == 1
        else { return false }
        return opened == plain
    }
}
