import CScan

// Hot path of every output: goes over every byte. Measured by `scripts/bench shipper`.
// Invariant: nothing is read at or beyond `count`; wide loads happen only where that many bytes are left.

/// Finds and repairs what is no UTF-8 (Unicode 15, table 3-7).
enum UTF8Text {
    /// Whether no byte has its high bit set.
    static func isASCII(_ text: UnsafeRawBufferPointer) -> Bool {
        guard let base = text.baseAddress else { return true }
        return gatehouse_is_ascii(base.assumingMemoryBound(to: UInt8.self), text.count) != 0
    }

    /// Whether all of it is well formed.
    static func isValid(_ text: UnsafeRawBufferPointer) -> Bool {
        guard let base = text.baseAddress else { return true }
        var index = 0
        while index < text.count {
            index += asciiPrefix(base + index, text.count - index)
            while index < text.count, base.load(fromByteOffset: index, as: UInt8.self) >= 0x80 {
                let length = sequenceLength(base + index, text.count - index)
                guard length > 0 else { return false }
                index += length
            }
        }
        return true
    }

    /// Copies text, and U+FFFD for each byte that starts no well-formed sequence. Returns how many those were.
    static func appendRepaired(_ text: UnsafeRawBufferPointer, to output: GrowableBytes) -> Int {
        guard let base = text.baseAddress else { return 0 }
        var repaired = 0
        var index = 0
        while index < text.count {
            let start = index
            var length = 1
            while index < text.count, length > 0 {
                index += asciiPrefix(base + index, text.count - index)
                guard index < text.count else { break }
                length = sequenceLength(base + index, text.count - index)
                index += length
            }
            output.append(UnsafeRawBufferPointer(rebasing: text[start..<index]))
            if length == 0 {
                output.append("\u{fffd}")
                repaired += 1
                index += 1
            }
        }
        return repaired
    }

    /// How many bytes from `base` on are ASCII; may stop early, but never at a multiple of 64 that is all ASCII.
    @inline(__always)
    private static func asciiPrefix(_ base: UnsafeRawPointer, _ count: Int) -> Int {
        var index = 0
        while count &- index >= 64 {
            let word = (base + index).loadUnaligned(as: SIMD8<UInt64>.self)
            let folded = (word.lowHalf | word.highHalf)
            let pair = folded.lowHalf | folded.highHalf
            if (pair[0] | pair[1]) & 0x8080_8080_8080_8080 != 0 { break }
            index &+= 64
        }
        while count &- index >= 8 {
            let hits = base.loadUnaligned(fromByteOffset: index, as: UInt64.self) & 0x8080_8080_8080_8080
            if hits != 0 { return index &+ (UInt64(littleEndian: hits).trailingZeroBitCount >> 3) }
            index &+= 8
        }
        while index < count, base.load(fromByteOffset: index, as: UInt8.self) < 0x80 { index &+= 1 }
        return index
    }

    /// The length of the well-formed sequence that starts at `base`; 0 where none does.
    @inline(__always)
    static func sequenceLength(_ base: UnsafeRawPointer, _ count: Int) -> Int {
        func byte(_ at: Int) -> UInt8 { base.load(fromByteOffset: at, as: UInt8.self) }
        let first = byte(0)
        if first < 0x80 { return 1 }
        guard count >= 2 else { return 0 }
        let second = byte(1)
        switch first {
        case 0xc2...0xdf: return second & 0xc0 == 0x80 ? 2 : 0
        case 0xe0...0xef:
            let low: UInt8 = first == 0xe0 ? 0xa0 : 0x80
            let high: UInt8 = first == 0xed ? 0x9f : 0xbf
            return count >= 3 && (low...high).contains(second) && byte(2) & 0xc0 == 0x80 ? 3 : 0
        case 0xf0...0xf4:
            let low: UInt8 = first == 0xf0 ? 0x90 : 0x80
            let high: UInt8 = first == 0xf4 ? 0x8f : 0xbf
            let isFine = count >= 4 && (low...high).contains(second)
            return isFine && byte(2) & 0xc0 == 0x80 && byte(3) & 0xc0 == 0x80 ? 4 : 0
        default: return 0
        }
    }

    /// The largest cut at or before `limit` that divides no scalar; `limit` itself where the bytes are no UTF-8.
    static func cut(_ bytes: UnsafeRawBufferPointer, at limit: Int) -> Int {
        guard limit < bytes.count else { return bytes.count }
        var cut = limit
        while cut > 0, cut > limit - 4, bytes[cut] & 0xc0 == 0x80 { cut -= 1 }
        return cut > 0 && bytes[cut] & 0xc0 != 0x80 ? cut : limit
    }
}
