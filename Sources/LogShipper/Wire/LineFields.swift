#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

// Hot path: runs once a line. Measured by `scripts/bench shipper`.
// Invariant: `found` and `keys` have `count` elements; a span in `found` lies within the line scanned last.

/// Finds several top-level keys of a JSON object in one pass, without allocating. Where a key stands twice, its first
/// value counts. Belongs to one thread.
final class LineFields {
    /// What a line is.
    enum Shape {
        /// A JSON object, valid to its last byte.
        case object
        /// The same, but some of its strings hold bytes that are no UTF-8.
        case brokenText
        /// Anything else.
        case other
    }

    private struct Key {
        /// The first eight bytes, the first byte lowest.
        var word: UInt64
        var count: Int
        var bytes: UnsafeMutableRawPointer
    }

    private let keys: UnsafeMutableBufferPointer<Key>
    private let found: UnsafeMutableBufferPointer<FieldVerdict>
    /// A set bit for each length (modulo 64) that some key has.
    private let lengths: UInt64

    init(_ names: [String]) {
        keys = .allocate(capacity: names.count)
        found = .allocate(capacity: names.count)
        found.initialize(repeating: .absent)
        var lengths: UInt64 = 0
        for (index, name) in names.enumerated() {
            let bytes = Array(name.utf8)
            // Eight bytes more, so that comparing may load a whole word.
            let copy = UnsafeMutableRawPointer.allocate(byteCount: bytes.count + 8, alignment: 8)
            UnsafeMutableRawBufferPointer(start: copy, count: bytes.count + 8).copyBytes(
                from: bytes + [UInt8](repeating: 0, count: 8))
            let word = UInt64(littleEndian: copy.load(as: UInt64.self))
            keys.initializeElement(at: index, to: Key(word: word, count: bytes.count, bytes: copy))
            lengths |= 1 << UInt64(bytes.count & 63)
        }
        self.lengths = lengths
    }

    deinit {
        for key in keys { key.bytes.deallocate() }
        keys.deallocate()
        found.deallocate()
    }

    /// What the last scan found for the key of that place in the list.
    @inline(__always)
    subscript(_ key: Int) -> FieldVerdict { found[key] }

    /// Scans until all keys are found, or to the end; validates nothing beyond what it needs.
    func find(_ line: UnsafeRawBufferPointer) {
        reset()
        guard let base = line.baseAddress else { return }
        var left = keys.count
        var cursor = JSONCursor(base: base, end: line.count)
        cursor.skipSpace()
        guard left > 0, cursor.take(0x7b) else { return }
        while true {
            cursor.skipSpace()
            guard let name = cursor.takeString() else { return }
            cursor.skipSpace()
            guard cursor.take(0x3a) else { return }
            cursor.skipSpace()
            if let key = match(name, base, line.count), found[key] == .absent {
                guard let value = cursor.takeValue() else { return }
                found[key] = value
                left &-= 1
                if left == 0 { return }
            } else if !cursor.skipValue() {
                return
            }
            cursor.skipSpace()
            guard cursor.take(0x2c) else { return }
        }
    }

    /// Scans all of a line and says what it is. What was found in a line that is no object means nothing.
    func validate(_ line: UnsafeRawBufferPointer) -> Shape {
        reset()
        guard let base = line.baseAddress else { return .other }
        var cursor = StrictJSON(line, base: base)
        cursor.skipSpace()
        guard cursor.take(0x7b) else { return .other }
        cursor.skipSpace()
        if !cursor.take(0x7d) {
            while true {
                guard let name = cursor.takeString() else { return .other }
                cursor.skipSpace()
                guard cursor.take(0x3a) else { return .other }
                cursor.skipSpace()
                guard let value = cursor.takeValue() else { return .other }
                if let key = match(name, base, line.count), found[key] == .absent { found[key] = value }
                cursor.skipSpace()
                guard cursor.take(0x2c) else { break }
                cursor.skipSpace()
            }
            guard cursor.take(0x7d) else { return .other }
        }
        cursor.skipSpace()
        guard cursor.index == line.count else { return .other }
        return cursor.hasInvalidUTF8 ? .brokenText : .object
    }

    private func reset() {
        for key in 0..<found.count { found[key] = .absent }
    }

    @inline(__always)
    private func match(_ name: JSONCursor.StringSpan, _ base: UnsafeRawPointer, _ end: Int) -> Int? {
        if name.hasEscape { return matchEscaped(name, base) }
        guard lengths &>> UInt64(truncatingIfNeeded: name.count & 63) & 1 == 1 else { return nil }
        var word: UInt64 = 0
        if end &- name.start >= 8 {
            word = UInt64(littleEndian: base.loadUnaligned(fromByteOffset: name.start, as: UInt64.self))
            if name.count < 8 { word &= (1 &<< UInt64(truncatingIfNeeded: name.count &* 8)) &- 1 }
        } else {
            for offset in 0..<min(8, name.count) {
                word |= UInt64(base.load(fromByteOffset: name.start &+ offset, as: UInt8.self)) << UInt64(offset * 8)
            }
        }
        for index in 0..<keys.count where keys[index].word == word && keys[index].count == name.count {
            if name.count <= 8 || memcmp(base + name.start, keys[index].bytes, name.count) == 0 { return index }
        }
        return nil
    }

    private func matchEscaped(_ name: JSONCursor.StringSpan, _ base: UnsafeRawPointer) -> Int? {
        let raw = UnsafeRawBufferPointer(start: base + name.start, count: name.count)
        guard let text = JSONText.unescape(raw, limit: 256) else { return nil }
        return keys.indices.first { index in
            text.elementsEqual(UnsafeRawBufferPointer(start: keys[index].bytes, count: keys[index].count))
        }
    }
}

extension FieldVerdict {
    /// The bytes of a string without escapes, within its line.
    @inline(__always)
    func plainText(in line: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
        guard case .plain(let start, let count) = self else { return nil }
        return UnsafeRawBufferPointer(rebasing: line[start..<(start &+ count)])
    }
}
