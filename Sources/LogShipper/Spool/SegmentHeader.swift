/// The start of a segment file: whose it is, and how its frames are to be read.
///
/// ```
/// 8 bytes "GHspool" and a NUL · u16 version 1 · u16 flags (bit 0: encrypted) · u32 length of this header
/// u64 key id · u64 salt · u64 incarnation · tenant (length, bytes) · u32 CRC-32 of all before
/// ```
/// The salt is random: it starts the nonces of an encrypted segment's frames, and the checksums of all frame headers, so
/// that no log line can hold bytes that pass for a frame.
struct SegmentHeader: Equatable, Sendable {
    static let version: UInt16 = 1
    /// The most a header can take, whatever the tenant is called.
    static let maxBytes = 512
    private static let magic = Array("GHspool\0".utf8)

    var tenant: String
    /// The first bytes of the key's hash; nil for frames that are not encrypted.
    var keyID: UInt64?
    var salt: UInt64
    /// Tells the numbers of one life of a tenant's spool from those of an earlier one.
    var incarnation: UInt64

    enum Problem: Error, Equatable {
        case damaged
        case version(UInt16)
    }

    func encoded() -> [UInt8] {
        let output = GrowableBytes(capacity: 128)
        let writer = SpoolWriter(output: output)
        output.append(SegmentHeader.magic)
        writer.integer(SegmentHeader.version)
        writer.integer(UInt16(keyID == nil ? 0 : 1))
        writer.integer(UInt32(0))
        writer.integer(keyID ?? 0)
        writer.integer(salt)
        writer.integer(incarnation)
        writer.text(tenant)
        let length = UInt32(output.count + 4)
        output.memory.storeBytes(of: length.littleEndian, toByteOffset: 12, as: UInt32.self)
        writer.integer(SpoolCRC.of(output.bytes))
        return Array(output.bytes)
    }

    /// Reads the header at the start of a file's first bytes.
    static func decode(_ start: [UInt8]) throws(Problem) -> (header: SegmentHeader, length: Int) {
        let result = start.withUnsafeBytes { bytes in Result { () throws(Problem) in try parse(bytes) } }
        return try result.get()
    }

    private static func parse(
        _ bytes: UnsafeRawBufferPointer
    ) throws(Problem) -> (header: SegmentHeader, length: Int) {
        var reader = SpoolReader(bytes)
        guard let magic = reader.take(8), magic.elementsEqual(SegmentHeader.magic),
            let version = reader.integer(UInt16.self), let flags = reader.integer(UInt16.self),
            let length = reader.integer(UInt32.self), length >= 44, length <= maxBytes, Int(length) <= bytes.count,
            SpoolCRC.of(UnsafeRawBufferPointer(rebasing: bytes[..<(Int(length) - 4)]))
                == UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: Int(length) - 4, as: UInt32.self))
        else { throw .damaged }
        guard version == SegmentHeader.version else { throw .version(version) }
        guard let key = reader.integer(UInt64.self), let salt = reader.integer(UInt64.self),
            let incarnation = reader.integer(UInt64.self), let tenant = reader.text(), reader.index + 4 == Int(length)
        else { throw .damaged }
        let header = SegmentHeader(
            tenant: tenant, keyID: flags & 1 == 0 ? nil : key, salt: salt, incarnation: incarnation)
        return (header, Int(length))
    }
}
