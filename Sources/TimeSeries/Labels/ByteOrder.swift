#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Order and equality of strings by their UTF-8 bytes.
///
/// Swift compares strings by canonical equivalence; label values are bytes to Prometheus, so `é` in its two
/// Unicode spellings makes two series.
package enum ByteOrder {
    /// Negative, zero or positive, as `memcmp` over the bytes with the shorter string first.
    package static func compare(_ left: String, _ right: String) -> Int {
        let quick = left.utf8.withContiguousStorageIfAvailable { leftBytes in
            right.utf8.withContiguousStorageIfAvailable { rightBytes in compare(leftBytes, rightBytes) }
        }
        if case .some(.some(let order)) = quick { return order }
        return compareSlowly(left, right)
    }

    package static func equal(_ left: String, _ right: String) -> Bool {
        left.utf8.count == right.utf8.count && compare(left, right) == 0
    }

    package static func less(_ left: String, _ right: String) -> Bool { compare(left, right) < 0 }

    private static func compare(_ left: UnsafeBufferPointer<UInt8>, _ right: UnsafeBufferPointer<UInt8>) -> Int {
        let shared = min(left.count, right.count)
        if shared > 0, let leftBase = left.baseAddress, let rightBase = right.baseAddress {
            let order = memcmp(leftBase, rightBase, shared)
            if order != 0 { return Int(order) }
        }
        return left.count - right.count
    }

    private static func compareSlowly(_ left: String, _ right: String) -> Int {
        if left.utf8.elementsEqual(right.utf8) { return 0 }
        return left.utf8.lexicographicallyPrecedes(right.utf8) ? -1 : 1
    }
}
