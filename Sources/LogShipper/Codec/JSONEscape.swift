// Hot path for JSON outputs: `appendContent` goes over every byte. Measured by `scripts/bench shipper`.
// Invariant: room for the worst case of a chunk (six bytes for one) is reserved before the chunk is written.

/// Writes text between JSON quotes: escapes what RFC 8259 demands, and makes invalid UTF-8 valid.
enum JSONEscape {
    /// For each byte: 0 = as it is, 1 = \u00XX, 2 = part of a multi-byte sequence, else the letter after the backslash.
    private static let table: [UInt8] = (0..<256).map { byte in
        switch byte {
        case 0x22: 0x22
        case 0x5c: 0x5c
        case 0x08: 0x62
        case 0x09: 0x74
        case 0x0a: 0x6e
        case 0x0c: 0x66
        case 0x0d: 0x72
        case 0..<0x20: 1
        case 0x80...: 2
        default: 0
        }
    }

    static func appendString(_ text: String, to output: GrowableBytes) {
        output.append(0x22)
        var text = text
        _ = text.withUTF8 { appendContent(UnsafeRawBufferPointer($0), to: output) }
        output.append(0x22)
    }

    /// Returns how many bytes were no UTF-8 and became U+FFFD.
    static func appendContent(_ text: UnsafeRawBufferPointer, to output: GrowableBytes) -> Int {
        guard let base = text.baseAddress else { return 0 }
        var repaired = 0
        var index = 0
        table.withUnsafeBufferPointer { table in
            while index < text.count {
                let chunkEnd = min(text.count, index + 4096)
                var target = output.room((chunkEnd - index) * 6 + 8)
                let start = target
                while index < chunkEnd {
                    let byte = base.load(fromByteOffset: index, as: UInt8.self)
                    let kind = table[Int(byte)]
                    if kind == 0 {
                        target.storeBytes(of: byte, as: UInt8.self)
                        target += 1
                        index &+= 1
                    } else if kind == 2 {
                        repaired += copyScalar(base, &index, text.count, &target)
                    } else {
                        target = writeEscape(kind, byte, target)
                        index &+= 1
                    }
                }
                output.count += start.distance(to: target)
            }
        }
        return repaired
    }

    @inline(__always)
    private static func writeEscape(
        _ kind: UInt8, _ byte: UInt8, _ target: UnsafeMutableRawPointer
    ) -> UnsafeMutableRawPointer {
        target.storeBytes(of: 0x5c, as: UInt8.self)
        guard kind == 1 else {
            target.storeBytes(of: kind, toByteOffset: 1, as: UInt8.self)
            return target + 2
        }
        let digits: StaticString = "0123456789abcdef"
        target.storeBytes(of: 0x75, toByteOffset: 1, as: UInt8.self)
        target.storeBytes(of: 0x30, toByteOffset: 2, as: UInt8.self)
        target.storeBytes(of: 0x30, toByteOffset: 3, as: UInt8.self)
        target.storeBytes(of: digits.utf8Start[Int(byte >> 4)], toByteOffset: 4, as: UInt8.self)
        target.storeBytes(of: digits.utf8Start[Int(byte & 15)], toByteOffset: 5, as: UInt8.self)
        return target + 6
    }

    /// Copies one well-formed sequence (Unicode 15, table 3-7), or writes U+FFFD for one byte that starts none.
    private static func copyScalar(
        _ base: UnsafeRawPointer, _ index: inout Int, _ end: Int, _ target: inout UnsafeMutableRawPointer
    ) -> Int {
        let length = sequenceLength(UnsafeRawBufferPointer(start: base + index, count: min(4, end - index)))
        guard length > 0 else {
            target.storeBytes(of: 0xef, as: UInt8.self)
            target.storeBytes(of: 0xbf, toByteOffset: 1, as: UInt8.self)
            target.storeBytes(of: 0xbd, toByteOffset: 2, as: UInt8.self)
            target += 3
            index += 1
            return 1
        }
        target.copyMemory(from: base + index, byteCount: length)
        target += length
        index += length
        return 0
    }

    private static func sequenceLength(_ bytes: UnsafeRawBufferPointer) -> Int {
        let first = bytes[0]
        let (length, low, high): (Int, UInt8, UInt8) =
            switch first {
            case 0xc2...0xdf: (2, 0x80, 0xbf)
            case 0xe0: (3, 0xa0, 0xbf)
            case 0xed: (3, 0x80, 0x9f)
            case 0xe1...0xef: (3, 0x80, 0xbf)
            case 0xf0: (4, 0x90, 0xbf)
            case 0xf1...0xf3: (4, 0x80, 0xbf)
            case 0xf4: (4, 0x80, 0x8f)
            default: (0, 0, 0)
            }
        guard length > 0, bytes.count >= length, (low...high).contains(bytes[1]) else { return 0 }
        return bytes[2..<length].allSatisfy { $0 & 0xc0 == 0x80 } ? length : 0
    }
}
