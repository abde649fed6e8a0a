#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Writes bytes into memory of a fixed size that somebody else owns.
///
/// What does not fit is dropped and remembered in ``didOverflow``; nothing is ever written past the end, so a
/// caller may estimate the size, look at the flag afterwards and start again with more room.
public struct ByteCursor: ~Copyable {
    @usableFromInline
    let start: UnsafeMutablePointer<UInt8>
    @usableFromInline
    let end: UnsafeMutablePointer<UInt8>
    @usableFromInline
    var next: UnsafeMutablePointer<UInt8>
    /// True once something did not fit; from then on the contents are worthless.
    @inlinable
    public var didOverflow: Bool { hasOverflowed }
    @usableFromInline
    var hasOverflowed = false

    /// Starts writing at the beginning of `memory`, which must outlive the cursor.
    public init(_ memory: UnsafeMutableBufferPointer<UInt8>) {
        // An empty buffer may have no address; any well-aligned address serves for zero bytes.
        let base = memory.baseAddress ?? ByteCursor.nowhere
        start = base
        next = base
        end = base + memory.count
    }

    /// An address to which zero bytes may be written.
    private nonisolated(unsafe) static let nowhere = UnsafeMutablePointer<UInt8>.allocate(capacity: 1)

    /// Bytes written so far.
    @inlinable
    public var count: Int { next - start }

    /// Bytes that still fit.
    @inlinable
    public var remaining: Int { end - next }

    /// Returns true when `size` more bytes fit; otherwise remembers the overflow and gives up the rest.
    @inlinable @inline(__always)
    mutating func hasRoom(_ size: Int) -> Bool {
        if size <= end - next { return true }
        hasOverflowed = true
        next = end
        return false
    }

    /// Appends one byte.
    @inlinable @inline(__always)
    public mutating func append(_ byte: UInt8) {
        guard hasRoom(1) else { return }
        next.pointee = byte
        next += 1
    }

    /// Appends `size` bytes from `source`.
    @inlinable @inline(__always)
    public mutating func append(_ source: UnsafeRawPointer, count size: Int) {
        guard hasRoom(size) else { return }
        memcpy(next, source, size)
        next += size
    }

    /// Appends the bytes of an array.
    public mutating func append(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { raw in
            if let base = raw.baseAddress { append(base, count: raw.count) }
        }
    }

    /// Appends a literal.
    @inlinable @inline(__always)
    public mutating func append(_ text: StaticString) {
        append(UnsafeRawPointer(text.utf8Start), count: text.utf8CodeUnitCount)
    }

    /// Appends the UTF-8 of a string as it is.
    public mutating func append(_ text: String) {
        let wasContiguous: Void? = text.utf8.withContiguousStorageIfAvailable { utf8 in
            if let base = utf8.baseAddress { append(base, count: utf8.count) }
        }
        guard wasContiguous == nil else { return }
        for byte in text.utf8 { append(byte) }
    }
}

/// Fills an array through a ``ByteCursor`` and starts again with twice the room as long as it did not suffice.
///
/// - Parameters:
///   - capacity: the first guess, in bytes
///   - body: writes everything; it must not depend on having been called only once
public func withByteCursor(capacity: Int, _ body: (inout ByteCursor) -> Void) -> [UInt8] {
    var room = max(capacity, 64)
    while true {
        var overflow = false
        let bytes = [UInt8](unsafeUninitializedCapacity: room) { memory, count in
            var cursor = ByteCursor(memory)
            body(&cursor)
            overflow = cursor.didOverflow
            count = overflow ? 0 : cursor.count
        }
        if !overflow { return bytes }
        room *= 2
    }
}
