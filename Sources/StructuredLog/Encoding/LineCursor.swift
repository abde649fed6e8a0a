/// Writes one line into memory that the ring has reserved. Hot: every access line passes here; see the benchmark
/// `StructuredLogTests/EncoderCost`.
///
/// The cursor checks nothing: whoever reserves computes the worst case first (``AccessLineEncoder/worstCase(_:)``),
/// and a debug build asserts it when the line is committed.
struct LineCursor {
    let start: UnsafeMutableRawPointer
    var position: UnsafeMutableRawPointer
    /// Set as soon as one value was cut.
    var isTruncated = false

    init(at start: UnsafeMutableRawPointer) {
        self.start = start
        position = start
    }

    var count: Int { position - start }

    @inline(__always)
    mutating func append(_ text: StaticString) {
        let count = text.utf8CodeUnitCount
        position.copyMemory(from: text.utf8Start, byteCount: count)
        position += count
    }

    @inline(__always)
    mutating func append(byte: UInt8) {
        position.storeBytes(of: byte, as: UInt8.self)
        position += 1
    }

    @inline(__always)
    mutating func append(raw source: UnsafeRawBufferPointer) {
        guard let base = source.baseAddress else { return }
        position.copyMemory(from: base, byteCount: source.count)
        position += source.count
    }

    /// Decimal digits, two at a time from the right.
    mutating func append(decimal value: UInt64) {
        let digits = LineCursor.digitCount(value)
        var rest = value
        var end = digits
        while rest >= 100 {
            let (quotient, pair) = rest.quotientAndRemainder(dividingBy: 100)
            end -= 2
            store(pair: pair, at: end)
            rest = quotient
        }
        if rest >= 10 {
            store(pair: rest, at: end - 2)
        } else {
            position.storeBytes(of: UInt8(truncatingIfNeeded: rest) &+ 0x30, toByteOffset: end - 1, as: UInt8.self)
        }
        position += digits
    }

    mutating func append(decimal value: Int64) {
        if value < 0 { append(byte: UInt8(ascii: "-")) }
        append(decimal: value.magnitude)
    }

    /// Exactly `digits` decimal digits of `value`, with leading zeros; `digits` is even.
    @inline(__always)
    mutating func append(padded value: UInt64, digits: Int) {
        var rest = value
        var end = digits
        while end >= 2 {
            let (quotient, pair) = rest.quotientAndRemainder(dividingBy: 100)
            end -= 2
            store(pair: pair, at: end)
            rest = quotient
        }
        position += digits
    }

    @inline(__always)
    private func store(pair: UInt64, at offset: Int) {
        let tens = (pair &* 103) &>> 10
        let ones = pair &- tens &* 10
        let bytes = UInt16(truncatingIfNeeded: tens &+ 0x30) | UInt16(truncatingIfNeeded: ones &+ 0x30) &<< 8
        position.storeBytes(of: bytes.littleEndian, toByteOffset: offset, as: UInt16.self)
    }

    @inline(__always)
    private static func digitCount(_ value: UInt64) -> Int {
        if value < 10 { return 1 }
        if value < 100 { return 2 }
        if value < 1000 { return 3 }
        if value < 10_000 { return 4 }
        if value < 100_000 { return 5 }
        if value < 1_000_000 { return 6 }
        var digits = 7
        var rest = value / 10_000_000
        while rest > 0 {
            digits += 1
            rest /= 10
        }
        return digits
    }
}
