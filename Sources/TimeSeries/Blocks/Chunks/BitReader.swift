/// Reads a chunk bit by bit, the highest of a byte first.
///
/// Beyond the end it gives zeros and remembers that it failed; so loops over a chunk ask once, at their end. Hot path of
/// reading blocks; measured by `scripts/bench rules` (Data in).
struct BitReader {
    private let base: UnsafeRawPointer?
    private let end: Int
    private var position: Int
    /// The next bits, at the top; below the valid ones stand zeros or the bits that follow.
    private var buffer: UInt64 = 0
    private var valid = 0
    private(set) var failed = false

    init(_ data: UnsafeRawBufferPointer, from start: Int) {
        base = data.baseAddress
        end = data.count
        position = min(start, data.count)
    }

    /// Bits that are left.
    var left: Int { (end - position) * 8 + valid }

    /// Makes at least 56 bits ready where there are so many; after Fabian Giesen's "Reading bits in far too many ways".
    @inline(__always)
    private mutating func refill() {
        guard let base else { return }
        if position &+ 8 <= end {
            let word = UInt64(bigEndian: base.loadUnaligned(fromByteOffset: position, as: UInt64.self))
            buffer |= word &>> UInt64(truncatingIfNeeded: valid)
            position &+= (63 &- valid) &>> 3
            valid |= 56
        } else {
            refillSlowly(base)
        }
    }

    @inline(never)
    private mutating func refillSlowly(_ base: UnsafeRawPointer) {
        while valid <= 56, position < end {
            let byte = base.load(fromByteOffset: position, as: UInt8.self)
            buffer |= UInt64(byte) &<< UInt64(truncatingIfNeeded: 56 &- valid)
            position &+= 1
            valid &+= 8
        }
    }

    @inline(never)
    private mutating func fail() {
        (buffer, valid, position, failed) = (0, 0, end, true)
    }

    /// Marks the data as contradicting itself.
    mutating func reject() { fail() }

    /// Steps over up to 56 bits that were looked at.
    @inline(__always)
    private mutating func consume(_ count: Int) {
        if valid < count { return fail() }
        buffer = buffer &<< UInt64(truncatingIfNeeded: count)
        valid &-= count
    }

    /// The next 1…56 bits.
    @inline(__always)
    mutating func read(_ count: Int) -> UInt64 {
        if valid < count { refill() }
        let bits = buffer &>> UInt64(truncatingIfNeeded: 64 &- count)
        consume(count)
        return failed ? 0 : bits
    }

    /// The next 1…64 bits.
    @inline(__always)
    mutating func readLong(_ count: Int) -> UInt64 {
        if count <= 56 { return read(count) }
        let high = read(count &- 32)
        return high &<< 32 | read(32)
    }

    /// Seven bits a byte, the lowest first.
    mutating func uvarint() -> UInt64 {
        var value: UInt64 = 0
        for shift in stride(from: 0 as UInt64, to: 70, by: 7) {
            let byte = read(8)
            if shift == 63, byte > 1 { break }
            value |= (byte & 0x7f) &<< shift
            if byte < 0x80 { return value }
        }
        fail()
        return 0
    }

    /// Zigzag in a ``uvarint()``.
    mutating func varint() -> Int64 {
        let raw = uvarint()
        return Int64(bitPattern: raw >> 1) ^ -Int64(bitPattern: raw & 1)
    }

    /// How many of the next bits are ones, at most so many; they and the zero behind them are stepped over.
    @inline(__always)
    mutating func ones(atMost most: Int) -> Int {
        if valid < most { refill() }
        let ones = min(most, (~buffer).leadingZeroBitCount)
        consume(ones == most ? most : ones &+ 1)
        return failed ? 0 : ones
    }

    /// A signed number of so many bits, from −2^(n−1)+1 to 2^(n−1).
    @inline(__always)
    mutating func signed(_ count: Int) -> Int64 {
        let bits = readLong(count)
        if count == 64 { return Int64(bitPattern: bits) }
        let half: UInt64 = 1 &<< UInt64(truncatingIfNeeded: count &- 1)
        return Int64(bitPattern: bits > half ? bits &- half &- half : bits)
    }

    /// The bits of a number in `varbit` encoding: 0…8 ones say how many.
    @inline(__always)
    private static func varbitSize(_ ones: Int) -> Int {
        // 0, 3, 6, 9, 12, 18, 25, 56: a byte each, from the lowest on.
        ones == 8 ? 64 : Int(truncatingIfNeeded: (0x3819_120c_0906_0300 as UInt64) &>> UInt64(ones &* 8)) & 0xff
    }

    /// A signed number: `varbit_int` of the format.
    @inline(__always)
    mutating func varbitInt() -> Int64 {
        let ones = ones(atMost: 8)
        return ones == 0 ? 0 : signed(BitReader.varbitSize(ones))
    }

    /// An unsigned number: `varbit_uint` of the format.
    mutating func varbitUInt() -> UInt64 {
        let ones = ones(atMost: 8)
        return ones == 0 ? 0 : readLong(BitReader.varbitSize(ones))
    }
}
