/// A piece of a message head, counted from the head's first byte. Names no memory, so it stays valid with the buffer.
struct ByteSlice: Equatable {
    var start: UInt32 = 0
    var length: UInt32 = 0

    @inline(__always)
    init() {}

    /// Heads are limited to far less than 4 GiB; what is out of range becomes empty.
    @inline(__always)
    init(_ start: Int, _ end: Int) {
        guard start >= 0, end >= start, let first = UInt32(exactly: start), let count = UInt32(exactly: end - start)
        else {
            return
        }
        self.start = first
        self.length = count
    }

    @inline(__always) var lower: Int { Int(start) }
    @inline(__always) var upper: Int { Int(start) + Int(length) }
    @inline(__always) var count: Int { Int(length) }
    @inline(__always) var isEmpty: Bool { length == 0 }
}

extension Span where Element == UInt8 {
    /// Case-insensitive for ASCII letters; `lowercase` holds lower-case letters, digits and `-` only.
    @inline(__always)
    func equals(_ slice: ByteSlice, _ lowercase: StaticString) -> Bool {
        let length = lowercase.utf8CodeUnitCount
        guard slice.count == length, slice.upper <= count else { return false }
        if length >= 8 { return equals(slice.lower, lowercase, UInt64.self) }
        if length >= 4 { return equals(slice.lower, lowercase, UInt32.self) }
        let literal = lowercase.utf8Start
        for index in 0..<length where self[slice.lower + index] | 0x20 != literal[index] { return false }
        return true
    }

    /// A word at a time; the last one overlaps the one before. The literal has at least one word.
    @inline(__always)
    private func equals<Word: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
        _ start: Int, _ lowercase: StaticString, _ word: Word.Type
    ) -> Bool {
        let (size, spaces) = (MemoryLayout<Word>.size, Word.max / 0xFF &* 0x20)
        let (literal, length) = (UnsafeRawPointer(lowercase.utf8Start), lowercase.utf8CodeUnitCount)
        var at = 0
        while true {
            let read = bytes.unsafeLoadUnaligned(fromByteOffset: start &+ at, as: Word.self) | spaces
            if read != literal.loadUnaligned(fromByteOffset: at, as: Word.self) { return false }
            guard at < length &- size else { return true }
            at = Swift.min(at &+ size, length &- size)
        }
    }

    /// Case-insensitive for ASCII letters, between two pieces of the same bytes.
    func equalsFolded(_ left: ByteSlice, _ right: ByteSlice) -> Bool {
        guard left.count == right.count else { return false }
        for index in 0..<left.count
        where Self.fold(self[left.lower + index]) != Self.fold(self[right.lower + index]) {
            return false
        }
        return true
    }

    /// ASCII lower case.
    @inline(__always)
    static func fold(_ byte: UInt8) -> UInt8 {
        byte &- 0x41 < 26 ? byte | 0x20 : byte
    }

    /// The slice without spaces and tabs at its ends.
    @inline(__always)
    func trimmed(_ start: Int, _ end: Int) -> ByteSlice {
        var start = start
        var end = end
        while start < end, ByteClass.isSpace(self[start]) { start += 1 }
        while end > start, ByteClass.isSpace(self[end - 1]) { end -= 1 }
        return ByteSlice(start, end)
    }
}
