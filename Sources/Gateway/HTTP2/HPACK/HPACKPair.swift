#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// A name and a value in a table's memory; valid until the table changes.
struct HPACKPair {
    var name: UnsafeRawBufferPointer
    var value: UnsafeRawBufferPointer
}

extension UnsafeRawBufferPointer {
    /// The same length and the same bytes.
    @inline(__always)
    func isEqual(_ other: UnsafeRawBufferPointer) -> Bool {
        guard count == other.count else { return false }
        guard let mine = baseAddress, let theirs = other.baseAddress else { return true }
        return memcmp(mine, theirs, count) == 0
    }

    /// The same bytes as a literal of ASCII.
    @inline(__always)
    func isEqual(_ literal: StaticString) -> Bool { isEqual(UnsafeRawBufferPointer(literal)) }

    /// The bytes of a literal.
    @inline(__always)
    init(_ literal: StaticString) {
        self.init(start: literal.utf8Start, count: literal.utf8CodeUnitCount)
    }
}
