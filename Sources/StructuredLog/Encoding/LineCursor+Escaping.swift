/// JSON strings (RFC 8259, section 7) from bytes of any origin.
///
/// Quotes, backslashes and control characters are escaped; every maximal part that is not UTF-8 becomes one U+FFFD
/// (Unicode 16, section 3.9.6). One byte of input gives at most six of output.
extension LineCursor {
    /// The most bytes that one byte of input can become (`\u001f`).
    static let worstExpansion = 6

    /// Writes the inside of a JSON string: at most `limit` bytes of `source`, cut on a scalar boundary.
    mutating func append(escaped source: UnsafeRawBufferPointer, limit: Int) {
        guard let base = source.baseAddress else { return }
        var end = source.count
        if end > limit {
            end = LineCursor.scalarBoundary(in: base, before: limit)
            isTruncated = true
        }
        var index = appendPlainStart(base, count: end)
        while index < end {
            if index &+ 8 <= end {
                let word = base.loadUnaligned(fromByteOffset: index, as: UInt64.self)
                if LineCursor.isPlain(word) {
                    position.storeBytes(of: word, as: UInt64.self)
                    position += 8
                    index &+= 8
                    continue
                }
            }
            index &+= appendOne(base + index, available: end &- index)
        }
    }

    /// Copies from the front as long as whole words need no escape; all of it, as a rule. The last word overlaps the
    /// one before instead of going byte by byte. Returns how many bytes it took.
    @inline(__always)
    private mutating func appendPlainStart(_ base: UnsafeRawPointer, count: Int) -> Int {
        if count < 8 { return appendPlainShort(base, count: count) }
        var index = 0
        while index &+ 8 <= count {
            let word = base.loadUnaligned(fromByteOffset: index, as: UInt64.self)
            guard LineCursor.isPlain(word) else { return index }
            position.storeBytes(of: word, as: UInt64.self)
            position += 8
            index &+= 8
        }
        let rest = count &- index
        if rest == 0 { return count }
        let word = base.loadUnaligned(fromByteOffset: count &- 8, as: UInt64.self)
        guard LineCursor.isPlain(word) else { return index }
        position.storeBytes(of: word, toByteOffset: rest &- 8, as: UInt64.self)
        position += rest
        return count
    }

    /// Four to seven bytes as two halves that overlap.
    @inline(__always)
    private mutating func appendPlainShort(_ base: UnsafeRawPointer, count: Int) -> Int {
        guard count >= 4 else { return 0 }
        let low = base.loadUnaligned(as: UInt32.self)
        let high = base.loadUnaligned(fromByteOffset: count &- 4, as: UInt32.self)
        guard LineCursor.isPlain(UInt64(low) | UInt64(high) &<< 32) else { return 0 }
        position.storeBytes(of: low, as: UInt32.self)
        position.storeBytes(of: high, toByteOffset: count &- 4, as: UInt32.self)
        position += count
        return count
    }

    /// Eight bytes at once: printable ASCII without `"` and `\`.
    @inline(__always)
    private static func isPlain(_ word: UInt64) -> Bool {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let highs: UInt64 = 0x8080_8080_8080_8080
        let quote = word ^ (ones &* 0x22)
        let backslash = word ^ (ones &* 0x5C)
        let below = word &- (ones &* 0x20)
        return (((quote &- ones) | (backslash &- ones) | below | word) & highs) == 0
    }

    /// One byte or one scalar; returns how many bytes of input it took.
    @inline(__always)
    private mutating func appendOne(_ base: UnsafeRawPointer, available: Int) -> Int {
        let byte = base.load(as: UInt8.self)
        if byte >= 0x80 { return appendScalar(base, available: available) }
        if byte >= 0x20, byte != 0x22, byte != 0x5C {
            append(byte: byte)
        } else {
            appendEscape(byte)
        }
        return 1
    }

    private mutating func appendEscape(_ byte: UInt8) {
        append(byte: 0x5C)
        switch byte {
        case 0x22, 0x5C: append(byte: byte)
        case 0x08: append(byte: UInt8(ascii: "b"))
        case 0x09: append(byte: UInt8(ascii: "t"))
        case 0x0A: append(byte: UInt8(ascii: "n"))
        case 0x0C: append(byte: UInt8(ascii: "f"))
        case 0x0D: append(byte: UInt8(ascii: "r"))
        default:
            append("u00")
            append(byte: 0x30 &+ (byte &>> 4))
            let low = byte & 0x0F
            append(byte: low < 10 ? 0x30 &+ low : 0x57 &+ low)
        }
    }

    private mutating func appendScalar(_ base: UnsafeRawPointer, available: Int) -> Int {
        let (length, isValid) = UTF8Scan.scalar(base, available: available)
        if isValid {
            append(raw: UnsafeRawBufferPointer(start: base, count: length))
        } else {
            append("\u{FFFD}")
        }
        return length
    }

    /// The last place at or before `limit` that is not inside a scalar. The buffer is longer than `limit`.
    private static func scalarBoundary(in base: UnsafeRawPointer, before limit: Int) -> Int {
        var cut = limit
        while cut > 0, limit - cut < 4 {
            if base.load(fromByteOffset: cut, as: UInt8.self) & 0xC0 != 0x80 { return cut }
            cut -= 1
        }
        return limit
    }
}

/// UTF-8 by the table of well-formed sequences (Unicode 16, table 3-7).
enum UTF8Scan {
    /// Length of the scalar at `base`, or of the maximal ill-formed part. The first byte is 0x80 or above.
    static func scalar(_ base: UnsafeRawPointer, available: Int) -> (length: Int, isValid: Bool) {
        let first = base.load(as: UInt8.self)
        let length: Int
        var second: ClosedRange<UInt8> = 0x80...0xBF
        switch first {
        case 0xC2...0xDF: length = 2
        case 0xE0...0xEF:
            length = 3
            if first == 0xE0 { second = 0xA0...0xBF }
            if first == 0xED { second = 0x80...0x9F }
        case 0xF0...0xF4:
            length = 4
            if first == 0xF0 { second = 0x90...0xBF }
            if first == 0xF4 { second = 0x80...0x8F }
        default: return (1, false)
        }
        guard available > 1, second.contains(base.load(fromByteOffset: 1, as: UInt8.self)) else { return (1, false) }
        var seen = 2
        while seen < length {
            guard available > seen, base.load(fromByteOffset: seen, as: UInt8.self) & 0xC0 == 0x80 else {
                return (seen, false)
            }
            seen += 1
        }
        return (length, true)
    }
}
