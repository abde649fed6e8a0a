#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

// Hot path of protobuf outputs. Measured by `scripts/bench shipper`.
// Invariants: 0 <= start <= buffer.count; bytes from `start` on are the message; a mark is the place behind a reserved
// length of two bytes.

/// Writes protobuf's wire format. Lengths of submessages are written when these end; those of the outermost, which are not
/// known before everything is written, stand in front, in room left for them.
final class ProtobufMessage {
    private let buffer = GrowableBytes(capacity: 64 << 10)
    private var start = 0

    /// The message so far.
    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: buffer.bytes[start...]) }

    /// Starts anew. `headRoom` is room for what is prepended; more than that must not be.
    func start(headRoom: Int) {
        buffer.count = 0
        _ = buffer.room(headRoom)
        buffer.count = headRoom
        start = headRoom
    }

    /// Opens a submessage whose field number is below 16.
    @inline(__always)
    func begin(_ field: UInt8) -> Int {
        let target = buffer.room(3)
        target.storeBytes(of: field << 3 | 2, as: UInt8.self)
        buffer.count &+= 3
        return buffer.count
    }

    /// Closes it. Two bytes of length are reserved, which 128 … 16383 need; for others the content moves.
    @inline(__always)
    func end(_ mark: Int) {
        let count = buffer.count &- mark
        if count >= 128, count < 16_384 {
            let target = buffer.room(0) - count - 2
            target.storeBytes(of: UInt8(truncatingIfNeeded: count) | 0x80, as: UInt8.self)
            target.storeBytes(of: UInt8(truncatingIfNeeded: count >> 7), toByteOffset: 1, as: UInt8.self)
        } else {
            move(mark, count)
        }
    }

    private func move(_ mark: Int, _ count: Int) {
        let length = ProtobufMessage.varintCount(UInt64(count))
        let content = buffer.room(8) - count
        memmove(content - 2 + length, content, count)
        ProtobufMessage.write(UInt64(count), to: content - 2)
        buffer.count += length - 2
    }

    @inline(__always)
    func appendVarint(_ field: UInt8, _ value: UInt64) {
        let target = buffer.room(11)
        target.storeBytes(of: field << 3, as: UInt8.self)
        buffer.count &+= 1 &+ ProtobufMessage.write(value, to: target + 1)
    }

    @inline(__always)
    func appendFixed64(_ field: UInt8, _ value: UInt64) {
        let target = buffer.room(9)
        target.storeBytes(of: field << 3 | 1, as: UInt8.self)
        target.storeBytes(of: value.littleEndian, toByteOffset: 1, as: UInt64.self)
        buffer.count &+= 9
    }

    @inline(__always)
    func appendBytes(_ field: UInt8, _ value: UnsafeRawBufferPointer) {
        let target = buffer.room(11 &+ value.count)
        target.storeBytes(of: field << 3 | 2, as: UInt8.self)
        let length = 1 &+ ProtobufMessage.write(UInt64(value.count), to: target + 1)
        if let base = value.baseAddress { memcpy(target + length, base, value.count) }
        buffer.count &+= length &+ value.count
    }

    /// Text that may be no UTF-8, which protobuf's strings must be. Returns how many bytes were repaired.
    @inline(__always)
    func appendText(_ field: UInt8, _ value: UnsafeRawBufferPointer) -> Int {
        if UTF8Text.isValid(value) {
            appendBytes(field, value)
            return 0
        }
        let mark = begin(field)
        defer { end(mark) }
        return UTF8Text.appendRepaired(value, to: buffer)
    }

    func appendText(_ field: UInt8, _ value: String) {
        var value = value
        value.withUTF8 { appendBytes(field, UnsafeRawBufferPointer($0)) }
    }

    /// Bytes that hexadecimal digits stand for.
    func appendHex(_ field: UInt8, _ digits: UnsafeRawBufferPointer) {
        let mark = begin(field)
        HexText.appendBytes(digits, to: buffer)
        end(mark)
    }

    /// Puts a field of bytes in front of everything.
    func prependBytes(_ field: UInt8, _ value: UnsafeRawBufferPointer) {
        prepend(value)
        prependHead(field, UInt64(value.count))
    }

    /// Makes everything so far the content of a field.
    func prependLength(_ field: UInt8) {
        prependHead(field, UInt64(buffer.count - start))
    }

    private func prependHead(_ field: UInt8, _ count: UInt64) {
        var head: InlineArray<11, UInt8> = InlineArray(repeating: 0)
        head[0] = field << 3 | 2
        var length = 1
        var rest = count
        while rest >= 0x80 {
            head[length] = UInt8(truncatingIfNeeded: rest) | 0x80
            rest >>= 7
            length += 1
        }
        head[length] = UInt8(truncatingIfNeeded: rest)
        withUnsafeBytes(of: &head) { prepend(UnsafeRawBufferPointer(rebasing: $0[...length])) }
    }

    private func prepend(_ bytes: UnsafeRawBufferPointer) {
        precondition(bytes.count <= start, "more was prepended than there is room for")
        start -= bytes.count
        UnsafeMutableRawBufferPointer(rebasing: buffer.memory[start..<(start + bytes.count)]).copyMemory(from: bytes)
    }

    @inline(__always)
    static func varintCount(_ value: UInt64) -> Int {
        (64 &- (value | 1).leadingZeroBitCount &+ 6) / 7
    }

    /// Writes a varint of at most ten bytes and returns how many.
    @inline(__always)
    @discardableResult
    private static func write(_ value: UInt64, to target: UnsafeMutableRawPointer) -> Int {
        var rest = value
        var count = 0
        while rest >= 0x80 {
            target.storeBytes(of: UInt8(truncatingIfNeeded: rest) | 0x80, toByteOffset: count, as: UInt8.self)
            rest &>>= 7
            count &+= 1
        }
        target.storeBytes(of: UInt8(truncatingIfNeeded: rest), toByteOffset: count, as: UInt8.self)
        return count &+ 1
    }
}
