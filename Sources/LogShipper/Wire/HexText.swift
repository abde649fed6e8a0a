/// Reads and writes hexadecimal text.
enum HexText {
    /// Appends sixteen lower-case digits.
    static func append(_ value: UInt64, to output: GrowableBytes) {
        let digits: StaticString = "0123456789abcdef"
        for shift in stride(from: UInt64(60), through: 0, by: -4) {
            output.append(digits.utf8Start[Int(value >> shift & 15)])
        }
    }

    /// Whether text is exactly `count` hexadecimal digits and not all zeros, as W3C trace context wants its ids.
    static func isIdentifier(_ text: UnsafeRawBufferPointer, digits count: Int) -> Bool {
        guard text.count == count else { return false }
        var isZero = true
        for byte in text {
            guard StrictJSON.isHexDigit(byte) else { return false }
            if byte != 0x30 { isZero = false }
        }
        return !isZero
    }

    /// Appends the bytes that an even number of valid digits stands for.
    static func appendBytes(_ text: UnsafeRawBufferPointer, to output: GrowableBytes) {
        func value(_ digit: UInt8) -> UInt8 { digit < 0x40 ? digit & 15 : (digit & 15) + 9 }
        for index in stride(from: 0, to: text.count - 1, by: 2) {
            output.append(value(text[index]) << 4 | value(text[index + 1]))
        }
    }
}
