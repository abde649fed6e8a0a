/// What stands before a frame's payload, 56 bytes:
///
/// ```
/// 4 bytes F7 'g' 'h' 'f' · u32 stored length of the payload · u32 its length before compression and encryption
/// u32 lines · u64 bytes of the lines with line feeds · u64 lines written before · u64 bytes of those
/// u32 number of the frame in its segment · u32 flags (bit 0: gzip) · u32 CRC-32 of the stored payload
/// u32 CRC-32 of the segment's salt and all before
/// ```
/// Under encryption the bytes before the two checksums are authenticated with the payload, after the segment's header.
struct FrameHeader: Equatable, Sendable {
    static let size = 56
    /// The part that is authenticated.
    static let authenticatedBytes = 48
    static let marker: [UInt8] = [0xf7, 0x67, 0x68, 0x66]
    /// No frame is longer: neither stored nor before compression.
    static let maxPayloadBytes = 1 << 30

    var storedBytes: Int
    var plainBytes: Int
    /// Where the frame begins and what is in it.
    var start: SpoolMark
    var amount: SpoolAmount
    var number: UInt32
    var isCompressed: Bool
    var payloadCRC: UInt32

    var end: SpoolMark { start.advanced(by: amount) }

    func encoded(salt: UInt64) -> [UInt8] {
        let output = GrowableBytes(capacity: FrameHeader.size)
        let writer = SpoolWriter(output: output)
        output.append(FrameHeader.marker)
        writer.integer(UInt32(truncatingIfNeeded: storedBytes))
        writer.integer(UInt32(truncatingIfNeeded: plainBytes))
        writer.integer(UInt32(truncatingIfNeeded: amount.lines))
        writer.integer(amount.bytes)
        writer.integer(start.lines)
        writer.integer(start.bytes)
        writer.integer(number)
        writer.integer(UInt32(isCompressed ? 1 : 0))
        writer.integer(payloadCRC)
        writer.integer(FrameHeader.crc(output.bytes, salt))
        return Array(output.bytes)
    }

    /// Nil where no frame of the segment with this salt begins.
    init?(_ bytes: UnsafeRawBufferPointer, salt: UInt64) {
        var reader = SpoolReader(bytes)
        guard bytes.count >= FrameHeader.size, let marker = reader.take(4), marker.elementsEqual(FrameHeader.marker),
            let stored = reader.integer(UInt32.self), let plain = reader.integer(UInt32.self),
            let lines = reader.integer(UInt32.self), let lineBytes = reader.integer(UInt64.self),
            let startLines = reader.integer(UInt64.self), let startBytes = reader.integer(UInt64.self),
            let number = reader.integer(UInt32.self), let flags = reader.integer(UInt32.self),
            let payloadCRC = reader.integer(UInt32.self), let headerCRC = reader.integer(UInt32.self),
            headerCRC == FrameHeader.crc(UnsafeRawBufferPointer(rebasing: bytes[..<(FrameHeader.size - 4)]), salt),
            flags <= 1, stored <= FrameHeader.maxPayloadBytes, plain <= FrameHeader.maxPayloadBytes
        else { return nil }
        storedBytes = Int(stored)
        plainBytes = Int(plain)
        start = SpoolMark(lines: startLines, bytes: startBytes)
        amount = SpoolAmount(lines: UInt64(lines), bytes: lineBytes)
        self.number = number
        isCompressed = flags & 1 != 0
        self.payloadCRC = payloadCRC
    }

    init(
        storedBytes: Int, plainBytes: Int, start: SpoolMark, amount: SpoolAmount, number: UInt32, isCompressed: Bool
    ) {
        self.storedBytes = storedBytes
        self.plainBytes = plainBytes
        self.start = start
        self.amount = amount
        self.number = number
        self.isCompressed = isCompressed
        payloadCRC = 0
    }

    private static func crc(_ bytes: UnsafeRawBufferPointer, _ salt: UInt64) -> UInt32 {
        withUnsafeBytes(of: salt.littleEndian) { SpoolCRC.of(bytes, after: SpoolCRC.of($0)) }
    }
}
