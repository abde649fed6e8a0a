import CScan

// Hot path of outputs that embed lines as JSON: goes over every byte. Measured by `scripts/bench shipper`.
// Invariant: 0 <= index <= end, and `base` has `end` readable bytes; eight-byte loads happen only where eight are left.

/// Goes over JSON text and checks all of RFC 8259's grammar without building anything. Nesting is a bit stack, so it can
/// exhaust nothing; text nested deeper than `maxDepth` is refused.
struct StrictJSON {
    static let maxDepth = 64

    let base: UnsafeRawPointer
    let end: Int
    var index = 0
    private var marks = StringMarks()
    /// A string held bytes that are no UTF-8; everything else may still be right.
    private(set) var hasInvalidUTF8 = false

    init(_ line: UnsafeRawBufferPointer, base: UnsafeRawPointer) {
        self.base = base
        end = line.count
    }

    @inline(__always)
    private func byte(_ at: Int) -> UInt8 { base.load(fromByteOffset: at, as: UInt8.self) }

    @inline(__always)
    mutating func skipSpace() {
        while index < end, byte(index) <= 0x20 {
            let next = byte(index)
            guard next == 0x20 || next == 0x09 || next == 0x0d || next == 0x0a else { return }
            index &+= 1
        }
    }

    @inline(__always)
    mutating func take(_ expected: UInt8) -> Bool {
        guard index < end, byte(index) == expected else { return false }
        index &+= 1
        return true
    }

    /// A string with its quotes; nil where none starts here, or where it is not valid.
    @inline(__always)
    mutating func takeString() -> JSONCursor.StringSpan? {
        guard take(0x22) else { return nil }
        let start = index
        var hasEscape = false
        while true {
            skipPlainBytes()
            guard index < end else { return nil }
            let next = byte(index)
            if next == 0x22 {
                index &+= 1
                return JSONCursor.StringSpan(start: start, count: index &- 1 &- start, hasEscape: hasEscape)
            }
            if next >= 0x80 {
                skipScalars()
            } else {
                guard next == 0x5c, takeEscape() else { return nil }
                hasEscape = true
            }
        }
    }

    /// Moves to the next quote, backslash, control character or non-ASCII byte; the lowest set bit of the test is exact.
    @inline(__always)
    private mutating func skipPlainBytes() {
        if marks.skip(&index, end, base, gatehouse_string_marks) { return }
        let ones: UInt64 = 0x0101_0101_0101_0101
        let highs: UInt64 = 0x8080_8080_8080_8080
        while end &- index >= 8 {
            let word = UInt64(littleEndian: base.loadUnaligned(fromByteOffset: index, as: UInt64.self))
            let quote = word ^ 0x2222_2222_2222_2222
            let slash = word ^ 0x5c5c_5c5c_5c5c_5c5c
            let quotes = (quote &- ones) & ~quote
            let slashes = (slash &- ones) & ~slash
            let controls = (word &- 0x2020_2020_2020_2020) & ~word
            let hits = (quotes | slashes | controls | word) & highs
            if hits != 0 {
                index &+= hits.trailingZeroBitCount >> 3
                return
            }
            index &+= 8
        }
        while index < end {
            let next = byte(index)
            if next == 0x22 || next == 0x5c || next < 0x20 || next >= 0x80 { return }
            index &+= 1
        }
    }

    private mutating func skipScalars() {
        while index < end, byte(index) >= 0x80 {
            let length = UTF8Text.sequenceLength(base + index, end &- index)
            if length == 0 { hasInvalidUTF8 = true }
            index &+= max(1, length)
        }
    }

    private mutating func takeEscape() -> Bool {
        guard end &- index >= 2 else { return false }
        switch byte(index &+ 1) {
        case 0x22, 0x5c, 0x2f, 0x62, 0x66, 0x6e, 0x72, 0x74:
            index &+= 2
            return true
        case 0x75:
            guard end &- index >= 6 else { return false }
            for offset in 2..<6 where !StrictJSON.isHexDigit(byte(index &+ offset)) { return false }
            index &+= 6
            return true
        default: return false
        }
    }

    static func isHexDigit(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte | 0x20)
    }

    /// Any value; nil where it is not valid.
    @inline(__always)
    mutating func takeValue() -> FieldVerdict? {
        guard index < end else { return nil }
        let first = byte(index)
        if first == 0x22 {
            guard let text = takeString() else { return nil }
            return text.hasEscape
                ? .escaped(start: text.start, count: text.count) : .plain(start: text.start, count: text.count)
        }
        let start = index
        guard first == 0x7b || first == 0x5b ? skipNested() : skipScalarValue(first) else { return nil }
        return .notString(start: start, count: index &- start)
    }

    @inline(__always)
    private mutating func skipScalarValue(_ first: UInt8) -> Bool {
        switch first {
        case 0x74: takeWord(0x6575_7274, 4)
        case 0x6e: takeWord(0x6c6c_756e, 4)
        case 0x66: end &- index >= 5 && byte(index &+ 4) == 0x65 && takeWord(0x736c_6166, 5)
        default: takeNumber()
        }
    }

    /// Four bytes as a little-endian word, then on by `count`.
    @inline(__always)
    private mutating func takeWord(_ word: UInt32, _ count: Int) -> Bool {
        guard end &- index >= count,
            UInt32(littleEndian: base.loadUnaligned(fromByteOffset: index, as: UInt32.self)) == word
        else { return false }
        index &+= count
        return true
    }

    @inline(__always)
    private mutating func takeNumber() -> Bool {
        _ = take(0x2d)
        if !take(0x30) { guard takeDigits() else { return false } }
        if take(0x2e) { guard takeDigits() else { return false } }
        guard index < end, byte(index) | 0x20 == 0x65 else { return true }
        index &+= 1
        if !take(0x2b) { _ = take(0x2d) }
        return takeDigits()
    }

    @inline(__always)
    private mutating func takeDigits() -> Bool {
        let start = index
        while index < end, byte(index) &- 0x30 <= 9 { index &+= 1 }
        return index > start
    }

    /// Objects and arrays within a value. A set bit of `stack` stands for an object.
    private mutating func skipNested() -> Bool {
        var stack: UInt64 = 0
        var depth = 0
        while true {
            // A value starts here.
            skipSpace()
            guard index < end else { return false }
            let first = byte(index)
            if first == 0x7b || first == 0x5b {
                guard depth < StrictJSON.maxDepth else { return false }
                stack = stack << 1 | (first == 0x7b ? 1 : 0)
                depth += 1
                index &+= 1
                skipSpace()
                if !take(first == 0x7b ? 0x7d : 0x5d) {
                    if first == 0x7b, !takeName() { return false }
                    continue
                }
                stack >>= 1
                depth -= 1
            } else {
                guard first == 0x22 ? takeString() != nil : skipScalarValue(first) else { return false }
            }
            guard let isOver = closeUntilNext(&stack, &depth) else { return false }
            if isOver { return true }
        }
    }

    /// After a value: takes closing brackets until a comma. Returns whether the outermost was closed; nil is an error.
    @inline(__always)
    private mutating func closeUntilNext(_ stack: inout UInt64, _ depth: inout Int) -> Bool? {
        while depth > 0 {
            skipSpace()
            let isObject = stack & 1 == 1
            if take(0x2c) {
                guard isObject else { return false }
                skipSpace()
                return takeName() ? false : nil
            }
            guard take(isObject ? 0x7d : 0x5d) else { return nil }
            stack >>= 1
            depth -= 1
        }
        return true
    }

    /// A member's name and its colon.
    @inline(__always)
    private mutating func takeName() -> Bool {
        guard takeString() != nil else { return false }
        skipSpace()
        return take(0x3a)
    }
}
