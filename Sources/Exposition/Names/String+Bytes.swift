#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

extension String {
    /// True when the UTF-8 of the string is just these bytes.
    @inline(__always)
    func hasSameBytes(as bytes: UnsafeRawBufferPointer) -> Bool {
        let utf8 = utf8
        guard utf8.count == bytes.count else { return false }
        return utf8.withContiguousStorageIfAvailable { known in
            guard let left = known.baseAddress, let right = bytes.baseAddress else { return bytes.isEmpty }
            return memcmp(left, right, bytes.count) == 0
        } ?? utf8.elementsEqual(bytes)
    }

    /// The text of bytes, or nil when they are no UTF-8.
    init?(utf8 bytes: UnsafeRawBufferPointer) {
        // Repair is specialized for buffers and the standard library's check is not: what needed no repair is valid.
        let text = String(decoding: bytes, as: UTF8.self)
        guard text.hasSameBytes(as: bytes) else { return nil }
        self = text
    }
}

extension UnsafeRawBufferPointer {
    /// True when no byte is above 127; looks at eight bytes at a time, the last word overlaps the one before.
    @inline(__always)
    var isASCII: Bool {
        var all: UInt64 = 0
        var place = 0
        while place &+ 8 <= count {
            all |= loadUnaligned(fromByteOffset: place, as: UInt64.self)
            place &+= 8
        }
        if place < count, count >= 8 {
            all |= loadUnaligned(fromByteOffset: count &- 8, as: UInt64.self)
        } else {
            while place < count {
                all |= UInt64(self[place])
                place &+= 1
            }
        }
        return all & 0x8080_8080_8080_8080 == 0
    }
}
