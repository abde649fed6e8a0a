#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

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
        guard let base = bytes.baseAddress else { return seeds.0 }
        let (first, second) = seeds
        var state = first ^ UInt64(truncatingIfNeeded: bytes.count)
        var position = 0
        while position + 8 <= bytes.count {
            state = fold(state ^ base.loadUnaligned(fromByteOffset: position, as: UInt64.self), second)
            position += 8
        }
        if position < bytes.count {
            var tail: UInt64 = 0
            memcpy(&tail, base + position, bytes.count - position)
            state = fold(state ^ tail, second)
        }
        return fold(state, first)
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
