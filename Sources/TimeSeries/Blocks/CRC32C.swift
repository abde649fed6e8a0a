/// The cyclic redundancy check with Castagnoli's polynomial (RFC 3720, appendix B.4).
enum CRC32C {
    /// Eight tables of 256: the check of a byte followed by 0…7 zero bytes.
    private static let tables: [UInt32] = {
        var tables = [UInt32](repeating: 0, count: 8 * 256)
        for byte in 0..<256 {
            var value = UInt32(byte)
            for _ in 0..<8 { value = value & 1 == 1 ? value >> 1 ^ 0x82f6_3b78 : value >> 1 }
            tables[byte] = value
        }
        for place in 256..<tables.count {
            let before = tables[place - 256]
            tables[place] = before >> 8 ^ tables[Int(before & 0xff)]
        }
        return tables
    }()

    /// The check of bytes; takes eight at a time.
    static func checksum(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
        tables.withUnsafeBufferPointer { tables in
            var (crc, place): (UInt32, Int) = (~0, 0)
            @inline(__always) func look(_ table: Int, _ byte: UInt64) -> UInt32 {
                tables[table &* 256 &+ Int(truncatingIfNeeded: byte & 0xff)]
            }
            while place &+ 8 <= bytes.count {
                let word =
                    UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self)) ^ UInt64(crc)
                crc = look(7, word) ^ look(6, word >> 8) ^ look(5, word >> 16) ^ look(4, word >> 24)
                crc ^= look(3, word >> 32) ^ look(2, word >> 40) ^ look(1, word >> 48) ^ look(0, word >> 56)
                place &+= 8
            }
            while place < bytes.count {
                crc = crc >> 8 ^ look(0, UInt64(crc) ^ UInt64(bytes[place]))
                place &+= 1
            }
            return ~crc
        }
    }

    /// Whether bytes have the check that was stored, or whether nobody asks.
    static func agrees(_ stored: UInt32, _ bytes: UnsafeRawBufferPointer, isAsked: Bool) -> Bool {
        !isAsked || stored == checksum(bytes)
    }
}
