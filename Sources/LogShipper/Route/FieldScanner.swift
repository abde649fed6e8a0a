import CScan

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

// Hot path: runs once a line. Measured by `scripts/bench shipper`.
// Invariant of this file: every read is at an index below `count`, checked right before it or by the loop's bound.

/// What the scan found for one top-level key of a line.
enum FieldVerdict: Equatable {
    /// A string without escapes: its bytes stand in the line at `start`.
    case plain(start: Int, count: Int)
    /// A string with escapes: the raw bytes between the quotes.
    case escaped(start: Int, count: Int)
    /// A number, `true`, `false`, `null`, an array or an object. `start` and `count` give numbers and literals.
    case notString(start: Int, count: Int)
    /// An object without the key.
    case absent
    /// The key stands there twice with different values.
    case ambiguous
    /// Not an object, or cut off before the key.
    case notJSON
}

/// Finds one key at the top level of a JSON object in one pass, without allocating.
///
/// Nested objects, strings that look like keys, and escapes in keys and values are understood (RFC 8259). After the key
/// was found, the rest of the line is only searched for a second occurrence, not validated.
final class FieldScanner {
    private let key: UnsafeMutableRawBufferPointer
    private let count: Int

    init(key name: String) {
        let bytes = Array(name.utf8)
        key = .allocate(byteCount: max(1, bytes.count), alignment: 8)
        key.copyBytes(from: bytes)
        count = bytes.count
    }

    deinit {
        key.deallocate()
    }

    /// Scans one line without its line end.
    func scan(_ line: UnsafeRawBufferPointer) -> FieldVerdict {
        guard let base = line.baseAddress else { return .notJSON }
        var cursor = JSONCursor(base: base, end: line.count)
        cursor.skipSpace()
        guard cursor.take(0x7b) else { return .notJSON }
        var found = FieldVerdict.absent
        while true {
            cursor.skipSpace()
            if cursor.take(0x7d) { return found }
            guard let name = cursor.takeString() else { return orNotJSON(found) }
            cursor.skipSpace()
            guard cursor.take(0x3a) else { return orNotJSON(found) }
            cursor.skipSpace()
            if matches(name, base) {
                guard let value = cursor.takeValue() else { return orNotJSON(found) }
                if found != .absent, !same(found, value, base) { return .ambiguous }
                found = value
                if !mayRepeat(base, from: cursor.index, to: line.count) { return found }
            } else if !cursor.skipValue() {
                return orNotJSON(found)
            }
            cursor.skipSpace()
            if cursor.take(0x2c) { continue }
            return cursor.take(0x7d) ? found : orNotJSON(found)
        }
    }

    /// A line that breaks off after the key keeps what was found, as the short cut for unique keys does.
    private func orNotJSON(_ found: FieldVerdict) -> FieldVerdict {
        found == .absent ? .notJSON : found
    }

    private func matches(_ name: JSONCursor.StringSpan, _ base: UnsafeRawPointer) -> Bool {
        if !name.hasEscape {
            return name.count == count && memcmp(base + name.start, key.baseAddress.unsafelyUnwrapped, count) == 0
        }
        let raw = UnsafeRawBufferPointer(start: base + name.start, count: name.count)
        guard let text = JSONText.unescape(raw, limit: count) else { return false }
        return text.elementsEqual(UnsafeRawBufferPointer(key).prefix(count))
    }

    private func same(_ left: FieldVerdict, _ right: FieldVerdict, _ base: UnsafeRawPointer) -> Bool {
        guard case .plain(let leftStart, let leftCount) = left, case .plain(let rightStart, let rightCount) = right
        else { return false }
        return leftCount == rightCount && memcmp(base + leftStart, base + rightStart, leftCount) == 0
    }

    /// Whether the key may stand in the rest once more: its quoted form's two quotes at the right distance and its first
    /// byte, or any backslash, which may hide it. False positives cost a full scan, false negatives cannot be.
    private func mayRepeat(_ base: UnsafeRawPointer, from start: Int, to end: Int) -> Bool {
        let rest = (base + start).assumingMemoryBound(to: UInt8.self)
        guard gatehouse_has_quoted(rest, end &- start, key.first ?? 0x22, count &+ 1) != 0 else { return false }
        return isCandidate(base, start, end)
    }

    /// The exact check, byte by byte.
    private func isCandidate(_ base: UnsafeRawPointer, _ start: Int, _ end: Int) -> Bool {
        let distance = count &+ 1
        var index = start
        while index < end {
            let byte = base.load(fromByteOffset: index, as: UInt8.self)
            if byte == 0x5c { return true }
            if byte == 0x22, index &+ distance < end,
                base.load(fromByteOffset: index &+ distance, as: UInt8.self) == 0x22,
                memcmp(base + index + 1, key.baseAddress.unsafelyUnwrapped, count) == 0
            {
                return true
            }
            index &+= 1
        }
        return false
    }
}
