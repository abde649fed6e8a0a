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

    /// Longer keys are not kept; the series is counted under the overflow series.
    static let maxBytes = 4096

    /// Bytes of the key, or nil when there are too many.
    @inline(__always)
    static func size(of values: UnsafeBufferPointer<String>) -> Int? {
        var size = 0
        for index in 0..<values.count {
            let (sum, overflow) = size.addingReportingOverflow(headerBytes + values[index].utf8.count)
            guard !overflow, sum <= maxBytes else { return nil }
            size = sum
        }
        return size
    }

    /// Gives `body` the key of these values, which is ``size(of:)`` bytes long.
    @inline(__always)
    static func withKey<Result>(
        of values: UnsafeBufferPointer<String>, size: Int, _ body: (UnsafeRawBufferPointer) -> Result
    ) -> Result {
        withUnsafeTemporaryAllocation(byteCount: max(size, 1), alignment: 8) { memory in
            var position = 0
            for index in 0..<values.count { position = pack(values[index], into: memory, at: position) }
            return body(UnsafeRawBufferPointer(rebasing: memory[..<position]))
        }
    }

    /// The key of values that are not longer than a key may be; else empty.
    static func key(of values: [String]) -> [UInt8] {
        values.withUnsafeBufferPointer { values in
            guard let size = size(of: values) else { return [] }
            return withKey(of: values, size: size) { Array($0) }
        }
    }

    /// Packs one value at `position`; returns the position after it.
    @inline(__always)
    static func pack(_ value: String, into key: UnsafeMutableRawBufferPointer, at position: Int) -> Int {
        let size = value.utf8.count
        guard let base = key.baseAddress, size <= key.count - position - headerBytes else { return position }
        (base + position).storeBytes(of: UInt32(truncatingIfNeeded: size), as: UInt32.self)
        let start = position + headerBytes
        let wasContiguous: Void? = value.utf8.withContiguousStorageIfAvailable { utf8 in
            if let source = utf8.baseAddress { copy(UnsafeRawPointer(source), to: base + start, count: size) }
        }
        if wasContiguous == nil {
            for (offset, byte) in value.utf8.enumerated() { key[start + offset] = byte }
        }
        return start + size
    }

    /// A copy without a call for the short values that labels mostly have.
    @inline(__always)
    private static func copy(_ source: UnsafeRawPointer, to target: UnsafeMutableRawPointer, count: Int) {
        if count > 16 {
            memcpy(target, source, count)
        } else if count >= 8 {
            copyEnds(source, to: target, count: count, as: UInt64.self)
        } else if count >= 4 {
            copyEnds(source, to: target, count: count, as: UInt32.self)
        } else if count >= 2 {
            copyEnds(source, to: target, count: count, as: UInt16.self)
        } else if count == 1 {
            target.storeBytes(of: source.load(as: UInt8.self), as: UInt8.self)
        }
    }

    /// Copies the first and the last `Word` of `count` bytes, which overlap in between.
    @inline(__always)
    private static func copyEnds<Word: BitwiseCopyable>(
        _ source: UnsafeRawPointer, to target: UnsafeMutableRawPointer, count: Int, as _: Word.Type
    ) {
        let last = count &- MemoryLayout<Word>.size
        let head = source.loadUnaligned(as: Word.self)
        let tail = source.loadUnaligned(fromByteOffset: last, as: Word.self)
        target.storeBytes(of: head, as: Word.self)
        target.storeBytes(of: tail, toByteOffset: last, as: Word.self)
    }

    /// Writes a copy of `key` to `target`, which has room for it, with the values that `replacement` gives in place of
    /// those at their positions; returns its size.
    static func copy(
        _ key: UnsafeRawBufferPointer, to target: UnsafeMutableRawBufferPointer, replacing replacement: (Int) -> String?
    ) -> Int {
        var end = 0
        var position = 0
        forEachValue(of: key) { value in
            if let other = replacement(position) {
                end = pack(other, into: target, at: end)
            } else if let base = target.baseAddress, value.count + headerBytes <= target.count - end {
                (base + end).storeBytes(of: UInt32(truncatingIfNeeded: value.count), as: UInt32.self)
                if let source = value.baseAddress { memcpy(base + end + headerBytes, source, value.count) }
                end += headerBytes + value.count
            }
            position += 1
        }
        return end
    }

    /// The values of a key.
    static func values(of key: UnsafeRawBufferPointer) -> [String] {
        var values: [String] = []
        forEachValue(of: key) { values.append(String(decoding: $0, as: UTF8.self)) }
        return values
    }

    /// Calls `body` with the UTF-8 of each value.
    @inline(__always)
    static func forEachValue(of key: UnsafeRawBufferPointer, _ body: (UnsafeBufferPointer<UInt8>) -> Void) {
        var position = 0
        while position + headerBytes <= key.count {
            let size = Int(key.loadUnaligned(fromByteOffset: position, as: UInt32.self))
            let start = position + headerBytes
            guard size <= key.count - start else { return }
            body(UnsafeRawBufferPointer(rebasing: key[start..<start + size]).assumingMemoryBound(to: UInt8.self))
            position = start + size
        }
    }
}
