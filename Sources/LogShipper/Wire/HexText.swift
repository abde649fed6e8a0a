/// Reads and writes hexadecimal text.
enum HexText {
    /// Appends sixteen lower-case digits.
    static func append(_ value: UInt64, to output: GrowableBytes) {
        let digits: StaticString = "0123456789abcdef"
        for shift in stride(from: UInt64(60), through: 0, by: -4) {
            output.append(digits.utf8Start[Int(value >> shift & 15)])
        }
    }

    /// Whether text is exactly `count` hexadecimal digits, a multiple of eight, and not all zeros, as W3C trace context
    /// wants its ids. In each test a byte's high bit is the answer; no byte carries into the next, as all are ASCII.
    @inline(__always)
    static func isIdentifier(_ text: UnsafeRawBufferPointer, digits count: Int) -> Bool {
        guard text.count == count, let base = text.baseAddress else { return false }
        var wrong: UInt64 = 0
        var notZero: UInt64 = 0
        for offset in stride(from: 0, to: count &- 7, by: 8) {
            let word = base.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
            let ascii = word & 0x7f7f_7f7f_7f7f_7f7f
            let aboveNine = (ascii ^ 0x3030_3030_3030_3030) &+ 0x7676_7676_7676_7676
            let lower = ascii | 0x2020_2020_2020_2020
            let isLetter = (lower &+ 0x1f1f_1f1f_1f1f_1f1f) & ~(lower &+ 0x1919_1919_1919_1919)
            wrong |= (aboveNine & ~isLetter) | word
            notZero |= word ^ 0x3030_3030_3030_3030
        }
        return wrong & 0x8080_8080_8080_8080 == 0 && notZero != 0
    }

    /// Appends the bytes that valid digits, a multiple of eight, stand for.
    @inline(__always)
    static func appendBytes(_ text: UnsafeRawBufferPointer, to output: GrowableBytes) {
        guard let base = text.baseAddress else { return }
        let target = output.room(text.count / 2 &+ 4)
        for offset in stride(from: 0, to: text.count &- 7, by: 8) {
            let word = UInt64(littleEndian: base.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
            // A letter's low four bits are 1 … 6.
            let nibbles = (word & 0x0f0f_0f0f_0f0f_0f0f) &+ ((word &>> 6) & 0x0101_0101_0101_0101) &* 9
            let pairs = (nibbles &<< 4 | nibbles &>> 8) & 0x00ff_00ff_00ff_00ff
            let halves = (pairs | pairs &>> 8) & 0x0000_ffff_0000_ffff
            let bytes = UInt32(truncatingIfNeeded: halves | halves &>> 16)
            target.storeBytes(of: bytes.littleEndian, toByteOffset: offset / 2, as: UInt32.self)
        }
        output.count &+= text.count / 2
    }
}
