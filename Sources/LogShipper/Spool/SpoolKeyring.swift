/// The keys of a spool: the first one encrypts, all of them decrypt, so that a key can be replaced while segments of the old
/// one are still there.
struct SpoolKeyring: Equatable, Sendable {
    let keys: [SpoolKey]

    var current: SpoolKey? { keys.first }

    func key(_ id: UInt64) -> SpoolKey? { keys.first { $0.id == id } }

    init(keys: [SpoolKey]) { self.keys = keys }

    /// Reads key files: 32 bytes as they are, or 64 hexadecimal digits and white space around them.
    init(files: [String], system: any StateFileSystem) throws(SpoolError) {
        var keys: [SpoolKey] = []
        for path in files {
            guard SpoolCrypto.isAvailable else { throw SpoolError.noCrypto }
            var content: [UInt8]?
            do throws(SystemError) { content = try system.read(path) } catch { throw SpoolError.system(error) }
            guard let content else { throw SpoolError.system(SystemError("read", path, code: 2)) }
            guard let key = SpoolKeyring.keyBytes(content).flatMap({ SpoolKey($0) }) else {
                throw SpoolError.badKeyFile(path)
            }
            keys.append(key)
        }
        self.keys = keys
    }

    private static func keyBytes(_ content: [UInt8]) -> [UInt8]? {
        if content.count == SpoolKey.byteCount { return content }
        let isSpace = { (byte: UInt8) in byte == 0x20 || (0x09...0x0d).contains(byte) }
        let digits = Array(content.reversed().drop(while: isSpace).reversed().drop(while: isSpace))
        guard digits.count == SpoolKey.byteCount * 2 else { return nil }
        var bytes: [UInt8] = []
        for pair in stride(from: 0, to: digits.count, by: 2) {
            guard let high = nibble(digits[pair]), let low = nibble(digits[pair + 1]) else { return nil }
            bytes.append(high << 4 | low)
        }
        return bytes
    }

    private static func nibble(_ digit: UInt8) -> UInt8? {
        switch digit {
        case 0x30...0x39: digit - 0x30
        case 0x41...0x46: digit - 0x41 + 10
        case 0x61...0x66: digit - 0x61 + 10
        default: nil
        }
    }
}
