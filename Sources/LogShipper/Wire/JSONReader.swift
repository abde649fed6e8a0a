/// Reads JSON from outside, value by value, without building anything; for the answers of destinations. Whatever is not
/// as asked for makes it broken, and from then on it finds nothing more.
struct JSONReader {
    private let bytes: UnsafeRawBufferPointer
    private var cursor: StrictJSON
    private(set) var isBroken = false

    init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
        // An empty text is never read from.
        cursor = StrictJSON(bytes, base: bytes.baseAddress ?? UnsafeRawPointer(bitPattern: 8).unsafelyUnwrapped)
    }

    /// Nothing but white space is left.
    var isAtEnd: Bool {
        mutating get {
            cursor.skipSpace()
            return !isBroken && cursor.index == bytes.count
        }
    }

    /// Calls `body` for each member of an object with its name; `body` must read or skip the value.
    mutating func readObject(_ body: (_ name: String, inout JSONReader) -> Void) {
        guard open(0x7b) else { return fail() }
        if close(0x7d) { return }
        repeat {
            cursor.skipSpace()
            guard !isBroken, let name = readString(), open(0x3a) else { return fail() }
            body(name, &self)
        } while !isBroken && open(0x2c)
        if !close(0x7d) { fail() }
    }

    /// Calls `body` for each element of an array; it must read or skip the element, and returns whether to go on.
    mutating func readArray(_ body: (inout JSONReader) -> Bool) {
        guard open(0x5b) else { return fail() }
        if close(0x5d) { return }
        repeat {
            guard body(&self) else { return fail() }
        } while !isBroken && open(0x2c)
        if !close(0x5d) { fail() }
    }

    /// Any value; returns the bytes it stands in.
    @discardableResult
    mutating func skip() -> UnsafeRawBufferPointer? {
        cursor.skipSpace()
        let start = cursor.index
        guard !isBroken, cursor.takeValue() != nil else {
            fail()
            return nil
        }
        return UnsafeRawBufferPointer(rebasing: bytes[start..<cursor.index])
    }

    mutating func readString() -> String? {
        cursor.skipSpace()
        guard !isBroken, let span = cursor.takeString() else {
            fail()
            return nil
        }
        let raw = UnsafeRawBufferPointer(rebasing: bytes[span.start..<(span.start + span.count)])
        guard span.hasEscape else { return String(decoding: raw, as: UTF8.self) }
        return JSONText.unescape(raw, limit: raw.count).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }

    /// A whole number, or a string that holds one, as protobuf's JSON writes 64-bit numbers. Any other value is skipped.
    mutating func readInteger() -> Int64? {
        guard let text = skip() else { return nil }
        let isQuoted = text.count >= 2 && text[0] == 0x22
        let digits = isQuoted ? UnsafeRawBufferPointer(rebasing: text[1..<(text.count - 1)]) : text
        return digits.count <= 20 ? Int64(String(decoding: digits, as: UTF8.self)) : nil
    }

    mutating func readBool() -> Bool? {
        guard let text = skip() else { return nil }
        return text.elementsEqual("true".utf8) ? true : text.elementsEqual("false".utf8) ? false : nil
    }

    private mutating func open(_ byte: UInt8) -> Bool {
        cursor.skipSpace()
        return !isBroken && cursor.take(byte)
    }

    private mutating func close(_ byte: UInt8) -> Bool { open(byte) }

    private mutating func fail() { isBroken = true }
}
