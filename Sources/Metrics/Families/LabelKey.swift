#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// The values of a label set packed into bytes, for lookup: of each value four bytes of length, then its UTF-8.
///
/// One hash and one comparison over contiguous bytes, and no two label sets have the same key.
enum LabelKey {
    /// Bytes of length before each value.
    static let headerBytes = 4

    /// Packs one value at `position`; returns the position after it.
    static func pack(_ value: String, into key: UnsafeMutableRawBufferPointer, at position: Int) -> Int {
        let size = value.utf8.count
        guard let base = key.baseAddress, size <= UInt32.max, position + headerBytes + size <= key.count else {
            return position
        }
        (base + position).storeBytes(of: UInt32(size), as: UInt32.self)
        let start = position + headerBytes
        let wasContiguous: Void? = value.utf8.withContiguousStorageIfAvailable { utf8 in
            if let source = utf8.baseAddress { memcpy(base + start, source, size) }
        }
        if wasContiguous == nil {
            for (offset, byte) in value.utf8.enumerated() { key[start + offset] = byte }
        }
        return start + size
    }

    /// The values of a key.
    static func values(of key: UnsafeRawBufferPointer) -> [String] {
        var values: [String] = []
        var position = 0
        while position + headerBytes <= key.count {
            let size = Int(key.loadUnaligned(fromByteOffset: position, as: UInt32.self))
            let start = position + headerBytes
            guard size <= key.count - start else { break }
            values.append(String(decoding: UnsafeRawBufferPointer(rebasing: key[start..<start + size]), as: UTF8.self))
            position = start + size
        }
        return values
    }
}
