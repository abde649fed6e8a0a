/// Escapes of JSON strings (RFC 8259, section 7), for the rare places that meet them off the hot path.
enum JSONText {
    /// Decodes what stands between the quotes; nil for an invalid escape or a result longer than `limit`.
    static func unescape(_ raw: UnsafeRawBufferPointer, limit: Int) -> [UInt8]? {
        var result: [UInt8] = []
        var index = 0
        while index < raw.count {
            guard result.count <= limit else { return nil }
            let byte = raw[index]
            index += 1
            guard byte == 0x5c else {
                result.append(byte)
                continue
            }
            guard index < raw.count, let scalar = takeEscape(raw, &index) else { return nil }
            result.append(contentsOf: Character(scalar).utf8)
        }
        return result.count <= limit ? result : nil
    }

    /// `index` stands after the backslash.
    private static func takeEscape(_ raw: UnsafeRawBufferPointer, _ index: inout Int) -> Unicode.Scalar? {
        let kind = raw[index]
        index += 1
        switch kind {
        case 0x22, 0x5c, 0x2f: return Unicode.Scalar(kind)
        case 0x62: return "\u{8}"
        case 0x66: return "\u{c}"
        case 0x6e: return "\n"
        case 0x72: return "\r"
        case 0x74: return "\t"
        case 0x75:
            guard let high = takeHex(raw, &index) else { return nil }
            guard (0xd800...0xdbff).contains(high) else { return Unicode.Scalar(high) }
            guard index + 1 < raw.count, raw[index] == 0x5c, raw[index + 1] == 0x75 else { return nil }
            index += 2
            guard let low = takeHex(raw, &index), (0xdc00...0xdfff).contains(low) else { return nil }
            return Unicode.Scalar(0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00))
        default: return nil
        }
    }

    /// The same, but half a surrogate pair is U+FFFD; nil only for what is no escape.
    static func takeAnyEscape(_ raw: UnsafeRawBufferPointer, _ index: inout Int) -> Unicode.Scalar? {
        let start = index
        if let scalar = takeEscape(raw, &index) { return scalar }
        index = start + 1
        guard raw[start] == 0x75, takeHex(raw, &index) != nil else { return nil }
        return "\u{fffd}"
    }

    private static func takeHex(_ raw: UnsafeRawBufferPointer, _ index: inout Int) -> UInt32? {
        guard raw.count - index >= 4 else { return nil }
        var value: UInt32 = 0
        for _ in 0..<4 {
            let byte = raw[index]
            index += 1
            switch byte {
            case 0x30...0x39: value = value << 4 | UInt32(byte - 0x30)
            case 0x41...0x46: value = value << 4 | UInt32(byte - 0x37)
            case 0x61...0x66: value = value << 4 | UInt32(byte - 0x57)
            default: return nil
            }
        }
        return value
    }
}
