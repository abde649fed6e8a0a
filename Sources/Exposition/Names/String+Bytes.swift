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
}
