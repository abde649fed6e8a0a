/// Writes numbers little-endian, and lengths in groups of seven bits with the lowest first.
struct SpoolWriter {
    let output: GrowableBytes

    func integer(_ value: some FixedWidthInteger) {
        let size = value.bitWidth / 8
        let target = output.room(size)
        withUnsafeBytes(of: value.littleEndian) { bytes in
            target.copyMemory(from: bytes.baseAddress.unsafelyUnwrapped, byteCount: size)
        }
        output.count += size
    }

    func varint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            output.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        output.append(UInt8(truncatingIfNeeded: rest))
    }

    /// Small numbers of either sign are short.
    func signedVarint(_ value: Int64) {
        varint(UInt64(bitPattern: value &<< 1) ^ UInt64(bitPattern: value >> 63))
    }

    func text(_ text: String) {
        varint(UInt64(text.utf8.count))
        output.append(Array(text.utf8))
    }
}

/// Reads what `SpoolWriter` wrote; nil where the bytes do not say it, never outside of them.
struct SpoolReader {
    let bytes: UnsafeRawBufferPointer
    private(set) var index = 0

    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    var left: Int { bytes.count - index }

    mutating func integer<Value: FixedWidthInteger>(_ type: Value.Type = Value.self) -> Value? {
        let size = MemoryLayout<Value>.size
        guard left >= size else { return nil }
        defer { index += size }
        return Value(littleEndian: bytes.loadUnaligned(fromByteOffset: index, as: Value.self))
    }

    mutating func varint() -> UInt64? {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while left > 0, shift < 64 {
            let byte = bytes[index]
            index += 1
            value |= UInt64(byte & 0x7f) << shift
            if byte < 0x80 { return value }
            shift += 7
        }
        return nil
    }

    mutating func signedVarint() -> Int64? {
        varint().map { Int64(bitPattern: $0 >> 1) ^ -Int64(bitPattern: $0 & 1) }
    }

    /// A number that something of at least one byte each follows for.
    mutating func count() -> Int? {
        guard let value = varint(), value <= UInt64(left) else { return nil }
        return Int(value)
    }

    mutating func take(_ count: Int) -> UnsafeRawBufferPointer? {
        guard count >= 0, left >= count else { return nil }
        defer { index += count }
        return UnsafeRawBufferPointer(rebasing: bytes[index..<(index + count)])
    }

    mutating func text() -> String? {
        guard let count = count(), let bytes = take(count) else { return nil }
        return String(decoding: bytes, as: UTF8.self)
    }
}
