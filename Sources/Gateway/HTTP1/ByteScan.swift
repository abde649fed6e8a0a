/// Where a run of bytes of one class ends, eight bytes at a time. Hot path: benchmark `gateway`.
enum ByteScan {
    private static let ones: UInt64 = 0x0101_0101_0101_0101
    private static let highs: UInt64 = 0x8080_8080_8080_8080

    /// The first byte at or after `start` that may not stand in a field value, else the end.
    @inline(__always)
    static func endOfFieldValue(_ bytes: Span<UInt8>, _ start: Int) -> Int {
        var at = start
        while true {
            at = skip(bytes, at, unlessIn: notFieldValue)
            guard at < bytes.count, ByteClass.isFieldValue(bytes[at]) else { return at }
            at += 1
        }
    }

    /// The first byte at or after `start` that may not stand in a token, else the end.
    @inline(__always)
    static func endOfToken(_ bytes: Span<UInt8>, _ start: Int, _ hasUnderscore: inout Bool) -> Int {
        var at = start
        while true {
            at = skip(bytes, at, unlessIn: notNamePart)
            guard at < bytes.count, ByteClass.isToken(bytes[at]) else { return at }
            if bytes[at] == 0x5F { hasUnderscore = true }
            at += 1
        }
    }

    /// As long as there are eight bytes: to the first that `marks` sets the highest bit of.
    @inline(__always)
    private static func skip(_ bytes: Span<UInt8>, _ start: Int, unlessIn marks: (UInt64) -> UInt64) -> Int {
        var at = start
        while at &+ 8 <= bytes.count {
            let word = UInt64(littleEndian: bytes.bytes.unsafeLoadUnaligned(fromByteOffset: at, as: UInt64.self))
            let found = marks(word)
            if found != 0 { return at &+ found.trailingZeroBitCount &>> 3 }
            at &+= 8
        }
        return at
    }

    /// Marks control characters, the tab among them, and DEL. What is marked above the lowest mark may be wrong: the
    /// subtractions borrow.
    @inline(__always)
    private static func notFieldValue(_ word: UInt64) -> UInt64 {
        let delete = word ^ (ones &* 0x7F)
        return ((word &- ones &* 0x20) | (delete &- ones)) & ~word & highs
    }

    /// Marks all but letters, digits and `-`.
    @inline(__always)
    private static func notNamePart(_ word: UInt64) -> UInt64 {
        let low = word & ~highs
        let folded = low | ones &* 0x20
        let letter = (folded &+ ones &* (0x80 - 0x61)) & ~(folded &+ ones &* (0x80 - 0x7B))
        let digit = (low &+ ones &* (0x80 - 0x30)) & ~(low &+ ones &* (0x80 - 0x3A))
        let dash = ~((low ^ ones &* 0x2D) &+ ones &* 0x7F)
        return ~((letter | digit | dash) & ~word) & highs
    }
}
