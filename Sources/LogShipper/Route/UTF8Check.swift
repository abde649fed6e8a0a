// Hot path: `hasHighBit` goes over every byte of every block, `isValid` over lines of blocks that are not all ASCII.
// Measured by `scripts/bench shipper`. Invariant: nothing outside `0..<bytes.count` is read.

/// Whether bytes are UTF-8, cheaply where they are ASCII.
enum UTF8Check {
    /// Whether any byte is 0x80 or more.
    static func hasHighBit(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard let base = bytes.baseAddress else { return false }
        var index = 0
        while bytes.count &- index >= 4096 {
            var sum = SIMD64<UInt8>(repeating: 0)
            for step in stride(from: 0, to: 4096, by: 64) {
                sum |= (base + index + step).loadUnaligned(as: SIMD64<UInt8>.self)
            }
            if sum.max() >= 0x80 { return true }
            index &+= 4096
        }
        while index < bytes.count {
            if base.load(fromByteOffset: index, as: UInt8.self) >= 0x80 { return true }
            index &+= 1
        }
        return false
    }

    /// Well-formed UTF-8 after table 3-7 of the Unicode standard: no surrogates, nothing overlong, nothing above U+10FFFF.
    static func isValid(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var index = 0
        while index < bytes.count {
            let lead = bytes[index]
            index &+= 1
            guard lead >= 0x80 else { continue }
            let more: Int
            var second: ClosedRange<UInt8> = 0x80...0xbf
            switch lead {
            case 0xc2...0xdf: more = 1
            case 0xe0: (more, second) = (2, 0xa0...0xbf)
            case 0xed: (more, second) = (2, 0x80...0x9f)
            case 0xe1...0xef: more = 2
            case 0xf0: (more, second) = (3, 0x90...0xbf)
            case 0xf1...0xf3: more = 3
            case 0xf4: (more, second) = (3, 0x80...0x8f)
            default: return false
            }
            guard bytes.count &- index >= more, second.contains(bytes[index]) else { return false }
            for next in index &+ 1..<max(index &+ 1, index &+ more) where bytes[next] & 0xc0 != 0x80 { return false }
            index &+= more
        }
        return true
    }

    /// The largest cut at or before `limit` that divides no scalar; `limit` itself where the bytes are no UTF-8.
    static func cut(_ bytes: UnsafeRawBufferPointer, at limit: Int) -> Int {
        guard limit < bytes.count else { return bytes.count }
        var cut = limit
        while cut > 0, cut > limit - 4, bytes[cut] & 0xc0 == 0x80 { cut -= 1 }
        return cut > 0 && bytes[cut] & 0xc0 != 0x80 ? cut : limit
    }
}
