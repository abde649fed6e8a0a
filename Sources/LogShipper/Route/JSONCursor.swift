import CScan

// Hot path, see FieldScanner.swift.
// Invariant: 0 <= index <= end, and `base` has `end` readable bytes.

/// Walks over JSON text without building anything. Depth is a counter, so nesting cannot exhaust the stack.
struct JSONCursor {
    let base: UnsafeRawPointer
    let end: Int
    var index = 0
    private var marks = StringMarks()

    struct StringSpan {
        var start: Int
        var count: Int
        var hasEscape: Bool
    }

    init(base: UnsafeRawPointer, end: Int) {
        self.base = base
        self.end = end
    }

    @inline(__always)
    private func byte(_ at: Int) -> UInt8 { base.load(fromByteOffset: at, as: UInt8.self) }

    @inline(__always)
    mutating func skipSpace() {
        while index < end {
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

    @inline(__always)
    func isAt(_ expected: UInt8) -> Bool { index < end && byte(index) == expected }

    /// A string including its quotes; nil where none starts here or none ends.
    @inline(__always)
    mutating func takeString() -> StringSpan? {
        guard take(0x22) else { return nil }
        let start = index
        var hasEscape = false
        while true {
            skipPlainBytes()
            guard index < end else { return nil }
            if byte(index) == 0x22 {
                index &+= 1
                return StringSpan(start: start, count: index &- 1 &- start, hasEscape: hasEscape)
            }
            hasEscape = true
            index &+= 2
            guard index <= end else { return nil }
        }
    }

    /// Moves to the next quote or backslash. In short texts eight bytes at a time: the zero-byte test of Mycroft (1987),
    /// whose lowest set bit is exact.
    @inline(__always)
    private mutating func skipPlainBytes() {
        if marks.skip(&index, end, base, gatehouse_quote_marks) { return }
        let ones: UInt64 = 0x0101_0101_0101_0101
        let highs: UInt64 = 0x8080_8080_8080_8080
        while end &- index >= 8 {
            let word = UInt64(littleEndian: base.loadUnaligned(fromByteOffset: index, as: UInt64.self))
            let quote = word ^ 0x2222_2222_2222_2222
            let slash = word ^ 0x5c5c_5c5c_5c5c_5c5c
            let hits = (((quote &- ones) & ~quote) | ((slash &- ones) & ~slash)) & highs
            if hits != 0 {
                index &+= hits.trailingZeroBitCount >> 3
                return
            }
            index &+= 8
        }
        while index < end, byte(index) != 0x22, byte(index) != 0x5c { index &+= 1 }
    }

    mutating func takeValue() -> FieldVerdict? {
        guard index < end else { return nil }
        if byte(index) == 0x22 {
            guard let text = takeString() else { return nil }
            return text.hasEscape
                ? .escaped(start: text.start, count: text.count) : .plain(start: text.start, count: text.count)
        }
        let start = index
        guard skipValue() else { return nil }
        return .notString(start: start, count: index - start)
    }

    @inline(__always)
    mutating func skipValue() -> Bool {
        guard index < end else { return false }
        switch byte(index) {
        case 0x22: return takeString() != nil
        case 0x7b, 0x5b: return skipNested()
        default: return skipLiteral()
        }
    }

    @inline(__always)
    private mutating func skipLiteral() -> Bool {
        let start = index
        while index < end {
            let next = byte(index)
            if next == 0x2c || next == 0x7d || next == 0x5d || next <= 0x20 { break }
            index &+= 1
        }
        return index > start
    }

    private mutating func skipNested() -> Bool {
        var depth = 0
        while index < end {
            switch byte(index) {
            case 0x22:
                guard takeString() != nil else { return false }
                continue
            case 0x7b, 0x5b: depth += 1
            case 0x7d, 0x5d:
                depth -= 1
                if depth == 0 {
                    index &+= 1
                    return true
                }
            default: break
            }
            index &+= 1
        }
        return false
    }
}
