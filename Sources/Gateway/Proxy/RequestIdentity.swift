/// The request's id and its place in a trace: taken over from the client when well-formed, else made.
///
/// The bytes are kept here once and used for the cell, the client and the log. Hot path: benchmark `gateway`.
struct RequestIdentity: ~Copyable {
    /// The client's `tracestate` belongs to this trace.
    private(set) var keepsTracestate = false
    private var id = HeldBytes(capacity: Self.longestID)
    private var trace = HeldBytes(capacity: Self.traceparentLength)

    private static let longestID = 128
    private static let traceparentLength = 55

    /// 1–128 bytes; none before there is a request. Valid until the next one's.
    @inline(__always) var requestID: UnsafeRawBufferPointer { id.bytes }

    /// `00-<trace>-<span>-<flags>`, 55 bytes; none before there is a request. Valid until the next one's.
    @inline(__always) var traceparent: UnsafeRawBufferPointer { trace.bytes }

    /// The same as another.
    mutating func adopt(_ other: borrowing RequestIdentity) {
        reset()
        id.append(other.id.bytes)
        trace.append(other.trace.bytes)
        keepsTracestate = other.keepsTracestate
    }

    mutating func reset() {
        id.clear()
        trace.clear()
        keepsTracestate = false
    }

    /// From the head's fields.
    mutating func adopt(_ bytes: Span<UInt8>, _ fields: borrowing FieldSection, _ random: inout FastRandom) {
        reset()
        if fields.count(.requestID) == 1, let value = fields.first(.requestID)?.value, Self.isValidID(bytes, value) {
            id.append(bytes, value)
        } else {
            makeID(&random)
        }
        if fields.count(.traceparent) == 1, let value = fields.first(.traceparent)?.value,
            Self.isValidTraceparent(bytes, value)
        {
            trace.append(bytes, ByteSlice(value.lower, value.lower + Self.traceparentLength))
            keepsTracestate = true
        } else {
            makeTrace(&random)
        }
    }

    /// For a request whose head cannot be trusted.
    mutating func make(_ random: inout FastRandom) {
        reset()
        makeID(&random)
        makeTrace(&random)
    }

    private mutating func makeID(_ random: inout FastRandom) {
        id.append(count: 32) { id in
            Self.storeHex(random.next(), to: id, at: 0)
            Self.storeHex(random.next(), to: id, at: 16)
        }
    }

    private mutating func makeTrace(_ random: inout FastRandom) {
        trace.append(count: Self.traceparentLength) { trace in
            trace.copyBytes(from: UnsafeRawBufferPointer(start: Self.emptyTrace.utf8Start, count: trace.count))
            Self.storeHex(random.next(), to: trace, at: 3)
            Self.storeHex(random.next() | 1, to: trace, at: 19)
            Self.storeHex(random.next() | 1, to: trace, at: 36)
        }
    }

    private static let emptyTrace: StaticString = "00-00000000000000000000000000000000-0000000000000000-01"

    /// Sixteen lower-case digits.
    @inline(__always)
    private static func storeHex(_ value: UInt64, to target: UnsafeMutableRawBufferPointer, at offset: Int) {
        let high = hexDigits(UInt32(truncatingIfNeeded: value &>> 32))
        target.storeBytes(of: high, toByteOffset: offset, as: UInt64.self)
        target.storeBytes(of: hexDigits(UInt32(truncatingIfNeeded: value)), toByteOffset: offset + 8, as: UInt64.self)
    }

    /// Eight digits, as they stand in memory: each nibble to a byte of its own, the highest first, all at once.
    @inline(__always)
    private static func hexDigits(_ value: UInt32) -> UInt64 {
        var word = UInt64(value)
        word = (word & 0xFFFF) &<< 32 | word &>> 16
        word = (word & 0x0000_00FF_0000_00FF) &<< 16 | (word & 0x0000_FF00_0000_FF00) &>> 8
        word = (word & 0x000F_000F_000F_000F) &<< 8 | (word & 0x00F0_00F0_00F0_00F0) &>> 4
        let ones: UInt64 = 0x0101_0101_0101_0101
        let letters = (word &+ ones &* 6) &>> 4 & ones
        return (word &+ ones &* 0x30 &+ letters &* 0x27).littleEndian
    }

    /// 1–128 of `A-Z a-z 0-9 . _ -`.
    static func isValidID(_ bytes: Span<UInt8>, _ value: ByteSlice) -> Bool {
        guard value.count >= 1, value.count <= longestID else { return false }
        for index in value.lower..<value.upper where !ByteClass.isIdentifier(bytes[index]) { return false }
        return true
    }

    /// The lowest of the flags (W3C Trace Context, section 3.2.2.3.1).
    @inline(__always)
    var isSampled: Bool {
        traceparent.count == Self.traceparentLength && Self.nibble(traceparent[54]) & 1 == 1
    }

    /// The trace's 128 bits, the upper half first; zero without one.
    var traceID: (UInt64, UInt64) { (hex(at: 3), hex(at: 19)) }

    /// The parent span's 64 bits; zero without one.
    var spanID: UInt64 { hex(at: 36) }

    private func hex(at start: Int) -> UInt64 {
        guard traceparent.count == Self.traceparentLength else { return 0 }
        var value: UInt64 = 0
        for index in start..<(start + 16) { value = value &<< 4 | UInt64(Self.nibble(traceparent[index])) }
        return value
    }

    /// The value of a lower-case hexadecimal digit.
    @inline(__always)
    private static func nibble(_ digit: UInt8) -> UInt8 { digit < 0x3A ? digit &- 0x30 : digit &- 0x57 }

    /// W3C Trace Context, section 3.2: lower-case hex, no all-zero ids, version not ff; a later version may go on
    /// after another dash.
    static func isValidTraceparent(_ bytes: Span<UInt8>, _ value: ByteSlice) -> Bool {
        guard value.count >= traceparentLength else { return false }
        let start = value.lower
        for dash in [2, 35, 52] where bytes[start + dash] != 0x2D { return false }
        guard isHex(bytes, start, 2), isHex(bytes, start + 3, 32), isHex(bytes, start + 36, 16),
            isHex(bytes, start + 53, 2)
        else { return false }
        if bytes[start] == 0x66, bytes[start + 1] == 0x66 { return false }
        if isZero(bytes, start + 3, 32) || isZero(bytes, start + 36, 16) { return false }
        if value.count == traceparentLength { return true }
        let isFirstVersion = bytes[start] == 0x30 && bytes[start + 1] == 0x30
        return !isFirstVersion && bytes[start + traceparentLength] == 0x2D
    }

    private static func isHex(_ bytes: Span<UInt8>, _ start: Int, _ count: Int) -> Bool {
        for index in start..<(start + count) {
            let byte = bytes[index]
            guard ByteClass.isDigit(byte) || byte &- 0x61 < 6 else { return false }
        }
        return true
    }

    private static func isZero(_ bytes: Span<UInt8>, _ start: Int, _ count: Int) -> Bool {
        for index in start..<(start + count) where bytes[index] != 0x30 { return false }
        return true
    }
}

extension HeldBytes {
    /// A piece of others.
    fileprivate mutating func append(_ source: Span<UInt8>, _ slice: ByteSlice) {
        append(count: slice.count) { target in
            for index in 0..<slice.count { target[index] = source[slice.lower + index] }
        }
    }
}

/// xoroshiro128+ for ids that need to be unique, not secret.
struct FastRandom {
    private var first: UInt64
    private var second: UInt64

    init(seed: UInt64, _ other: UInt64) {
        first = seed | 1
        second = other
    }

    /// Seeded by the system.
    init() {
        var system = SystemRandomNumberGenerator()
        self.init(seed: system.next(), system.next())
    }

    @inline(__always)
    mutating func next() -> UInt64 {
        let result = first &+ second
        let mixed = second ^ first
        first = ((first &<< 24) | (first &>> 40)) ^ mixed ^ (mixed &<< 16)
        second = (mixed &<< 37) | (mixed &>> 27)
        return result
    }
}
