/// Bytes that blocks are made of.
enum BlockBytes {
    static func uvarint(_ value: UInt64) -> [UInt8] {
        var (rest, out): (UInt64, [UInt8]) = (value, [])
        while rest >= 0x80 {
            out.append(UInt8(rest & 0x7f) | 0x80)
            rest >>= 7
        }
        return out + [UInt8(rest)]
    }

    static func varint(_ value: Int64) -> [UInt8] { uvarint(UInt64(bitPattern: value << 1 ^ value >> 63)) }
    static func be32(_ value: UInt32) -> [UInt8] { (0..<4).map { UInt8(value >> (24 - 8 * $0) & 0xff) } }
    static func be64(_ value: UInt64) -> [UInt8] { (0..<8).map { UInt8(value >> (56 - 8 * $0) & 0xff) } }
    static func counted(_ text: String) -> [UInt8] { uvarint(UInt64(text.utf8.count)) + text.utf8 }

    /// CRC32C, bit by bit.
    static func crc(_ bytes: [UInt8]) -> [UInt8] {
        var crc: UInt32 = ~0
        for byte in bytes {
            crc ^= UInt32(byte)
            for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0x82f6_3b78 : crc >> 1 }
        }
        return be32(~crc)
    }

    /// A section with its length and checksum.
    static func section(_ body: [UInt8]) -> [UInt8] { be32(UInt32(body.count)) + body + crc(body) }
}
