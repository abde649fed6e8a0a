/// A hash of bytes under secrets of this process, so that nobody outside can choose values that collide.
///
/// Reads eight bytes at a time and folds 128-bit products, after the idea of wyhash.
package enum KeyedHash {
    private static let seeds: (UInt64, UInt64) = {
        var generator = SystemRandomNumberGenerator()
        return (generator.next() | 1, generator.next() | 1)
    }()

    /// The hash of `bytes`.
    package static func hash(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
        let (first, second) = seeds
        guard let base = bytes.baseAddress else { return fold(first, first) }
        var state = first
        var position = 0
        while position + 8 <= bytes.count {
            state = fold(state ^ base.loadUnaligned(fromByteOffset: position, as: UInt64.self), second)
            position += 8
        }
        if position < bytes.count {
            state = fold(state ^ tail(base + position, count: bytes.count - position), second)
        }
        // The length comes last: beside the bytes it could undo a difference in them ("2" and "12").
        return fold(state ^ UInt64(truncatingIfNeeded: bytes.count), first)
    }

    /// The last one to seven bytes as a word.
    @inline(__always)
    private static func tail(_ source: UnsafeRawPointer, count: Int) -> UInt64 {
        if count >= 4 {
            let low = source.loadUnaligned(as: UInt32.self)
            let high = source.loadUnaligned(fromByteOffset: count &- 4, as: UInt32.self)
            return UInt64(low) | UInt64(high) << 32
        }
        let first = UInt64(source.load(as: UInt8.self))
        let middle = UInt64(source.load(fromByteOffset: count / 2, as: UInt8.self))
        let last = UInt64(source.load(fromByteOffset: count &- 1, as: UInt8.self))
        return first | middle << 8 | last << 16
    }

    /// The hash of a string's UTF-8.
    package static func hash(_ text: String) -> UInt64 {
        text.utf8.withContiguousStorageIfAvailable { hash(UnsafeRawBufferPointer($0)) }
            ?? [UInt8](text.utf8).withUnsafeBytes { hash($0) }
    }

    /// Mixes two hashes; the order matters.
    package static func combine(_ left: UInt64, _ right: UInt64) -> UInt64 {
        fold(left ^ seeds.0, right ^ seeds.1)
    }

    @inline(__always)
    private static func fold(_ left: UInt64, _ right: UInt64) -> UInt64 {
        let product = left.multipliedFullWidth(by: right)
        return product.high ^ product.low
    }
}
