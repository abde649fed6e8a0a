/// Writes a message head into memory that was reserved for it. Every write is checked against the capacity.
///
/// Hot path: benchmark `gateway`.
struct HeadWriter {
    private let base: UnsafeMutableRawBufferPointer
    private(set) var count = 0

    init(_ base: UnsafeMutableRawBufferPointer) { self.base = base }

    @inline(__always)
    mutating func append(_ text: StaticString) {
        append(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    @inline(__always)
    mutating func append(_ bytes: UnsafeRawBufferPointer) {
        let length = bytes.count
        precondition(length <= base.count &- count, "head larger than reserved")
        guard length > 0, let target = base.baseAddress, let source = bytes.baseAddress else { return }
        (target + count).copyMemory(from: source, byteCount: length)
        count &+= length
    }

    @inline(__always)
    mutating func append(_ source: UnsafeRawBufferPointer, _ slice: ByteSlice) {
        append(UnsafeRawBufferPointer(rebasing: source[slice.lower..<slice.upper]))
    }

    @inline(__always)
    mutating func append(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { append($0) }
    }

    @inline(__always)
    mutating func append(_ byte: UInt8) {
        precondition(count < base.count, "head larger than reserved")
        base[count] = byte
        count &+= 1
    }

    /// `name: value` and the line's end.
    @inline(__always)
    mutating func append(_ source: UnsafeRawBufferPointer, _ line: FieldLine) {
        append(source, line.name)
        append(": ")
        append(source, line.value)
        append("\r\n")
    }

    /// Digits without padding; the value is not negative.
    mutating func append(decimal value: Int) {
        var rest = UInt64(value.magnitude)
        var digits = 1
        var scale = rest
        while scale >= 10 {
            scale /= 10
            digits += 1
        }
        precondition(digits <= base.count &- count, "head larger than reserved")
        var at = count + digits
        for _ in 0..<digits {
            at -= 1
            base[at] = 0x30 &+ UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        }
        count += digits
    }

    /// Lower-case hexadecimal digits, padded to 16.
    mutating func append(hex value: UInt64) {
        precondition(16 <= base.count &- count, "head larger than reserved")
        var shift: UInt64 = 64
        while shift > 0 {
            shift &-= 4
            let nibble = UInt8(truncatingIfNeeded: value &>> shift) & 15
            base[count] = nibble < 10 ? 0x30 &+ nibble : 0x57 &+ nibble
            count &+= 1
        }
    }
}
