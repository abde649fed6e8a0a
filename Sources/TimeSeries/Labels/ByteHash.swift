/// A hash of strings' bytes, eight at a time by one wide multiplication each.
///
/// It begins with a number that this process drew, so nobody outside can choose labels that collide. What it answers
/// becomes a key of the standard library's tables, which hash it once more.
struct ByteHash {
    private static let seed = UInt64.random(in: .min ... .max)
    private(set) var value = ByteHash.seed

    mutating func combine(_ text: String) {
        let quick: Void? = text.utf8.withContiguousStorageIfAvailable { combine(UnsafeRawBufferPointer($0)) }
        if quick == nil { Array(text.utf8).withUnsafeBytes { combine($0) } }
    }

    private mutating func combine(_ bytes: UnsafeRawBufferPointer) {
        // The length keeps `ab`, `c` and `a`, `bc` apart.
        fold(UInt64(truncatingIfNeeded: bytes.count) &+ 1)
        var place = 0
        while place + 8 <= bytes.count {
            fold(bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self))
            place += 8
        }
        if place == bytes.count { return }
        var rest: UInt64 = 0
        while place < bytes.count {
            rest = rest << 8 | UInt64(bytes[place])
            place += 1
        }
        fold(rest)
    }

    @inline(__always)
    private mutating func fold(_ block: UInt64) {
        let product = (value ^ block).multipliedFullWidth(by: 0x9e37_79b9_7f4a_7c15)
        value = product.high ^ product.low ^ ByteHash.constant
    }

    /// So that a zero product, which nobody can aim at, does not stay zero.
    private static let constant: UInt64 = 0xd1b5_4a32_d192_ed03
}
