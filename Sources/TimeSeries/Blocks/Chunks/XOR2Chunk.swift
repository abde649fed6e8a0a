/// Numbers with start timestamps, as Prometheus 3.14 writes them with a feature flag.
enum XOR2Chunk {
    static func decode(_ data: UnsafeRawBufferPointer, into columns: ChunkColumns) -> String? {
        guard let count = ChunkDecoder.count(data, headerBytes: 3) else { return ChunkDecoder.broken }
        if count == 0 { return nil }
        guard count <= data.count * 8 else { return "\(count) samples in \(data.count) bytes" }
        columns.reserve(count)
        var reader = BitReader(data, from: 3)
        var starts = ChunkStarts(header: data[2])
        var sample = Sample()
        for place in 0..<count {
            let before = sample.time
            sample.readNext(&reader, place)
            starts.readNext(&reader, place, time: sample.time, before: before)
            if reader.failed { return ChunkDecoder.broken }
            columns.append(sample.time, Double(bitPattern: sample.bits), startedAt: starts.start)
        }
        return nil
    }

    private struct Sample {
        var time: Int64 = 0
        var delta: Int64 = 0
        /// The last number that is no staleness marker; the differences refer to it.
        var value = XORValue()
        /// What the sample's value is.
        var bits: UInt64 = 0

        mutating func readNext(_ reader: inout BitReader, _ place: Int) {
            if place == 0 {
                time = reader.varint()
                bits = reader.readLong(64)
                if bits != staleMarker.bitPattern { value.bits = bits }
                return
            }
            var isStale = false
            if place == 1 {
                delta = Int64(bitPattern: reader.uvarint())
                isStale = readValue(&reader)
            } else {
                isStale = readJoint(&reader)
            }
            time &+= delta
            bits = isStale ? staleMarker.bitPattern : value.bits
        }

        /// The prefix of both time and value; answers whether the sample is a staleness marker.
        private mutating func readJoint(_ reader: inout BitReader) -> Bool {
            switch reader.ones(atMost: 5) {
            case 0: return false
            case 1:
                if reader.read(1) == 0 { value.readChange(&reader) } else { value.readWindow(&reader) }
                return false
            case 2: delta &+= Sample.complement(reader.read(13), 13)
            case 3: delta &+= Sample.complement(reader.read(20), 20)
            case 4: delta &+= reader.signed(64)
            default: return true
            }
            return readValue(&reader)
        }

        private mutating func readValue(_ reader: inout BitReader) -> Bool {
            switch reader.ones(atMost: 3) {
            case 0: return false
            case 1: value.readChange(&reader)
            case 2: value.readWindow(&reader)
            default: return true
            }
            return false
        }

        private static func complement(_ bits: UInt64, _ count: UInt64) -> Int64 {
            Int64(bitPattern: bits &<< (64 - count)) >> Int64(64 - count)
        }
    }
}
