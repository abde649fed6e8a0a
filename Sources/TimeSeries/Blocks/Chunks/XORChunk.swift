/// Numbers: differences of differences of the times, and the bits of the values that changed.
///
/// Hot path of reading blocks; measured by `scripts/bench rules` (Data in).
enum XORChunk {
    static func decode(_ data: UnsafeRawBufferPointer, into columns: ChunkColumns) -> String? {
        guard let count = ChunkDecoder.count(data, headerBytes: 2) else { return ChunkDecoder.broken }
        if count == 0 { return nil }
        // A sample takes two bits at least.
        guard count <= data.count * 4 else { return "\(count) samples in \(data.count) bytes" }
        columns.reserve(count)
        let (times, values) = (columns.times + columns.count, columns.values + columns.count)
        var reader = BitReader(data, from: 2)
        var time = reader.varint()
        var value = XORValue(reader.readLong(64))
        times[0] = time
        values[0] = Double(bitPattern: value.bits)
        var delta: Int64 = 0
        if count > 1 {
            delta = Int64(bitPattern: reader.uvarint())
            time &+= delta
            value.readNext(&reader)
            times[1] = time
            values[1] = Double(bitPattern: value.bits)
        }
        for place in 2..<max(2, count) {
            delta &+= change(&reader)
            time &+= delta
            value.readNext(&reader)
            times[place] = time
            values[place] = Double(bitPattern: value.bits)
        }
        if reader.failed { return ChunkDecoder.broken }
        columns.advance(by: count)
        return nil
    }

    /// By how much the difference of two times changed: `varbit_ts` of the format.
    @inline(__always)
    private static func change(_ reader: inout BitReader) -> Int64 {
        switch reader.ones(atMost: 4) {
        case 0: 0
        case 1: reader.signed(14)
        case 2: reader.signed(17)
        case 3: reader.signed(20)
        default: reader.signed(64)
        }
    }
}
