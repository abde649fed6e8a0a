/// Walks over the fields of one protobuf message.
///
/// Hot path. Every read is checked against the end of the message, every length against what is left of it. Messages
/// inside have a reader of their own on the same bytes, so that an error knows its place in the stream.
struct ProtobufReader {
    /// Where the value of a field that has a length stands.
    typealias Range = Swift.Range<Int>

    let bytes: UnsafeRawBufferPointer
    /// The stream's offset of the first of ``bytes``.
    let base: Int
    /// The message, for errors.
    let path: StaticString
    private(set) var position: Int
    let end: Int

    /// Reads `range`, which must lie within `bytes`.
    init(_ bytes: UnsafeRawBufferPointer, base: Int, range: Range, path: StaticString) {
        self.bytes = bytes
        self.base = base
        self.path = path
        position = max(range.lowerBound, 0)
        end = min(range.upperBound, bytes.count)
    }

    /// A reader of a message inside.
    @inline(__always)
    func message(_ range: Range, _ path: StaticString) -> ProtobufReader {
        ProtobufReader(bytes, base: base, range: range, path: path)
    }

    @inline(__always)
    var isAtEnd: Bool { position >= end }

    /// Bytes up to the end.
    @inline(__always)
    var remaining: Int { end - position }

    /// An error at the next byte, or at another.
    func failure(_ message: String, at place: Int? = nil) -> ProtobufExpositionError {
        ProtobufExpositionError(offset: base + (place ?? position), path: "\(path)", message: message)
    }

    /// A base-128 number, or nil when the bytes end before it does.
    @inline(__always)
    mutating func varintIfComplete() throws(ProtobufExpositionError) -> UInt64? {
        if position < end, bytes[position] < 0x80 {
            position += 1
            return UInt64(bytes[position - 1])
        }
        return try longVarint()
    }

    private mutating func longVarint() throws(ProtobufExpositionError) -> UInt64? {
        var value: UInt64 = 0
        var place = position
        for shift in stride(from: 0, through: 63, by: 7) {
            guard place < end else { return nil }
            let byte = bytes[place]
            place += 1
            // The tenth byte holds the last bit only.
            guard shift < 63 || byte <= 1 else { throw failure("the number has more than 64 bits") }
            value |= UInt64(byte & 0x7F) << UInt64(shift)
            if byte < 0x80 {
                position = place
                return value
            }
        }
        throw failure("the number has more than 64 bits")
    }

    /// A base-128 number.
    @inline(__always)
    mutating func varint() throws(ProtobufExpositionError) -> UInt64 {
        guard let value = try varintIfComplete() else { throw failure("the number is cut off") }
        return value
    }

    /// The number and the layout of the next field.
    @inline(__always)
    mutating func tag() throws(ProtobufExpositionError) -> (field: Int, wire: ProtobufWire) {
        let start = position
        return try field(of: varint(), at: start)
    }

    /// Takes a tag apart.
    @inline(__always)
    func field(of tag: UInt64, at start: Int) throws(ProtobufExpositionError) -> (field: Int, wire: ProtobufWire) {
        guard let wire = ProtobufWire(rawValue: UInt8(truncatingIfNeeded: tag & 7)) else {
            throw failure("unknown wire type \(tag & 7)", at: start)
        }
        // Field numbers end at 2^29 − 1.
        guard tag >> 3 >= 1, tag >> 3 < 1 << 29 else { throw failure("field number \(tag >> 3)", at: start) }
        return (Int(tag >> 3), wire)
    }

    /// The eight bytes of a double.
    @inline(__always)
    mutating func double() throws(ProtobufExpositionError) -> Double {
        guard remaining >= 8 else { throw failure("the number is cut off") }
        let bits = bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self)
        position += 8
        return Double(bitPattern: UInt64(littleEndian: bits))
    }

    /// A length and where as many bytes stand.
    @inline(__always)
    mutating func delimited() throws(ProtobufExpositionError) -> Range {
        let start = position
        let length = try varint()
        guard length <= UInt64(remaining) else {
            throw failure("the length \(length) exceeds the \(remaining) bytes that are left", at: start)
        }
        let range = position..<position + Int(length)
        position = range.upperBound
        return range
    }

    /// Steps over the value of a field that isn't known.
    mutating func skip(_ wire: ProtobufWire) throws(ProtobufExpositionError) {
        switch wire {
        case .varint: _ = try varint()
        case .lengthDelimited: _ = try delimited()
        case .fixed64: try skip(bytes: 8)
        case .fixed32: try skip(bytes: 4)
        }
    }

    private mutating func skip(bytes count: Int) throws(ProtobufExpositionError) {
        guard remaining >= count else { throw failure("the number is cut off") }
        position += count
    }

    /// Goes on at another place, no further than the end.
    mutating func move(to place: Int) { position = min(max(place, position), end) }

    /// The text of a field, or `previous` itself when it is the same: repeated names then cost no allocation.
    @inline(__always)
    func text(_ range: Range, likely previous: String? = nil) throws(ProtobufExpositionError) -> String {
        let utf8 = UnsafeRawBufferPointer(rebasing: bytes[range])
        if let previous, previous.hasSameBytes(as: utf8) { return previous }
        guard let text = String(utf8: utf8) else {
            throw failure("invalid UTF-8", at: range.lowerBound)
        }
        return text
    }
}
