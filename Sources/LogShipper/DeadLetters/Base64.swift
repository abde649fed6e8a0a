/// RFC 4648, section 4, with padding.
enum Base64 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    static func encode(_ bytes: UnsafeRawBufferPointer) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity((bytes.count + 2) / 3 * 4)
        var index = 0
        while index < bytes.count {
            let left = bytes.count - index
            let first = UInt32(bytes[index])
            let second = left > 1 ? UInt32(bytes[index + 1]) : 0
            let third = left > 2 ? UInt32(bytes[index + 2]) : 0
            let bits = first << 16 | second << 8 | third
            result.append(alphabet[Int(bits >> 18)])
            result.append(alphabet[Int(bits >> 12 & 63)])
            result.append(left > 1 ? alphabet[Int(bits >> 6 & 63)] : 0x3d)
            result.append(left > 2 ? alphabet[Int(bits & 63)] : 0x3d)
            index += 3
        }
        return result
    }

    /// What the text stands for; nil where it is none of ours: a foreign character, missing padding, or bits that
    /// `encode` would never set.
    static func decode(_ text: UnsafeRawBufferPointer) -> [UInt8]? {
        guard text.count.isMultiple(of: 4) else { return nil }
        var result: [UInt8] = []
        result.reserveCapacity(text.count / 4 * 3)
        var index = 0
        while index < text.count {
            let isLast = index + 4 == text.count
            let padding = isLast && text[index + 3] == 0x3d ? (text[index + 2] == 0x3d ? 2 : 1) : 0
            var bits: UInt32 = 0
            for place in 0..<4 {
                guard place < 4 - padding else {
                    bits <<= 6
                    continue
                }
                guard let value = value(text[index + place]) else { return nil }
                bits = bits << 6 | value
            }
            guard padding == 0 || bits & (padding == 2 ? 0xffff : 0xff) == 0 else { return nil }
            for place in 0..<(3 - padding) { result.append(UInt8(truncatingIfNeeded: bits >> UInt32(16 - 8 * place))) }
            index += 4
        }
        return result
    }

    private static func value(_ character: UInt8) -> UInt32? {
        switch character {
        case 0x41...0x5a: UInt32(character - 0x41)
        case 0x61...0x7a: UInt32(character - 0x61) + 26
        case 0x30...0x39: UInt32(character - 0x30) + 52
        case 0x2b: 62
        case 0x2f: 63
        default: nil
        }
    }
}
