#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// How a protobuf field's value is laid out.
public enum ProtobufWire: UInt8, Sendable {
    /// A base-128 number.
    case varint = 0
    /// Eight bytes, the lowest first.
    case fixed64 = 1
    /// A length and as many bytes.
    case lengthDelimited = 2
    /// Four bytes, the lowest first.
    case fixed32 = 5

    /// Bytes of a varint, 1 to 10.
    @inlinable @inline(__always)
    public static func varintSize(_ value: UInt64) -> Int {
        // One byte per seven bits, and one for zero.
        (64 - (value | 1).leadingZeroBitCount + 6) / 7
    }

    /// Signed numbers so that those near zero are small: 0, −1, 1, −2 become 0, 1, 2, 3.
    @inlinable @inline(__always)
    public static func zigzag(_ value: Int64) -> UInt64 { UInt64(bitPattern: (value << 1) ^ (value >> 63)) }

    /// The number that ``zigzag(_:)`` was made of.
    @inlinable @inline(__always)
    public static func unzigzag(_ value: UInt64) -> Int64 {
        Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1)
    }
}

extension ByteCursor {
    /// Appends a number in base 128, the lowest seven bits first.
    @inlinable @inline(__always)
    public mutating func append(varint value: UInt64) {
        if value < 0x80 {
            append(UInt8(truncatingIfNeeded: value))
            return
        }
        let size = ProtobufWire.varintSize(value)
        guard hasRoom(size) else { return }
        write(varint: value, size: size, at: next)
        next += size
    }

    /// Appends the number and layout of a field.
    @inlinable @inline(__always)
    public mutating func append(tag field: Int, _ wire: ProtobufWire) {
        append(varint: UInt64(truncatingIfNeeded: field) << 3 | UInt64(wire.rawValue))
    }

    /// Appends a `uint64`, `uint32`, `bool` or enum field.
    @inlinable @inline(__always)
    public mutating func append(field: Int, varint value: UInt64) {
        append(tag: field, .varint)
        append(varint: value)
    }

    /// Appends an `int64` or `int32` field, whose negative numbers take ten bytes.
    @inlinable @inline(__always)
    public mutating func append(field: Int, integer value: Int64) {
        append(field: field, varint: UInt64(bitPattern: value))
    }

    /// Appends a `sint64` or `sint32` field.
    @inlinable @inline(__always)
    public mutating func append(field: Int, zigzag value: Int64) {
        append(field: field, varint: ProtobufWire.zigzag(value))
    }

    /// Appends a `double` field.
    @inlinable @inline(__always)
    public mutating func append(field: Int, double value: Double) {
        append(tag: field, .fixed64)
        append(fixed64: value)
    }

    /// Appends the eight bytes of a `double`.
    @inlinable @inline(__always)
    public mutating func append(fixed64 value: Double) {
        guard hasRoom(8) else { return }
        UnsafeMutableRawPointer(next).storeBytes(of: value.bitPattern.littleEndian, as: UInt64.self)
        next += 8
    }

    /// Appends a `string` field.
    public mutating func append(field: Int, text: String) {
        append(tag: field, .lengthDelimited)
        append(varint: UInt64(text.utf8.count))
        append(text)
    }

    /// Appends a `string` or `bytes` field.
    @inlinable @inline(__always)
    public mutating func append(field: Int, bytes: UnsafeRawBufferPointer) {
        append(tag: field, .lengthDelimited)
        append(varint: UInt64(bytes.count))
        if let base = bytes.baseAddress { append(base, count: bytes.count) }
    }

    /// Appends a field that holds a message, which `body` writes.
    ///
    /// The length comes before the message: one byte is left for it, and a message of 128 bytes or more is moved up
    /// by as many as its length needs.
    @inlinable @inline(__always)
    public mutating func append(field: Int, message body: (inout ByteCursor) -> Void) {
        append(tag: field, .lengthDelimited)
        append(delimited: body)
    }

    /// Appends a message behind its length, as in a stream of delimited messages.
    @inlinable @inline(__always)
    public mutating func append(delimited body: (inout ByteCursor) -> Void) {
        let mark = beginDelimited()
        body(&self)
        endDelimited(mark)
    }

    /// Leaves room for the length of a message; what follows up to ``endDelimited(_:)`` is the message.
    @inlinable @inline(__always)
    public mutating func beginDelimited() -> Int {
        append(UInt8(0))
        return count
    }

    /// Writes the length of the message that began at `mark`; marks nest.
    @inlinable @inline(__always)
    public mutating func endDelimited(_ mark: Int) {
        guard !didOverflow, mark >= 1, mark <= count else { return }
        let length = count - mark
        let message = start + mark
        let size = ProtobufWire.varintSize(UInt64(length))
        if size > 1 {
            guard hasRoom(size - 1) else { return }
            memmove(message + (size - 1), message, length)
            next += size - 1
        }
        write(varint: UInt64(length), size: size, at: message - 1)
    }

    @inlinable @inline(__always)
    func write(varint value: UInt64, size: Int, at place: UnsafeMutablePointer<UInt8>) {
        var rest = value
        for index in 0..<size - 1 {
            place[index] = UInt8(truncatingIfNeeded: rest) | 0x80
            rest >>= 7
        }
        place[size - 1] = UInt8(truncatingIfNeeded: rest) & 0x7F
    }
}
