import TimeSeries

/// Prometheus's remote-write message (version 0.1.0) of some series: protobuf inside Snappy's block format.
enum RemoteWrite {
    /// The samples with a time of the span; nil when there are none.
    static func message(_ series: [Series], in span: Range<Int64>) -> [UInt8]? {
        var request: [UInt8] = []
        for one in series {
            var message: [UInt8] = []
            for pair in one.labels.pairs {
                field(1, bytes: field(1, Array(pair.name.utf8)) + field(2, Array(pair.value.utf8)), &message)
            }
            let header = message.count
            for (place, time) in one.timestamps.enumerated() where span.contains(time) {
                if let histogram = one.histogram(at: place) {
                    field(4, bytes: self.histogram(histogram, time), &message)
                    continue
                }
                var sample: [UInt8] = [1 << 3 | 1]
                fixed(one.values[place].bitPattern, &sample)
                sample.append(2 << 3)
                varint(UInt64(bitPattern: time), &sample)
                field(2, bytes: sample, &message)
            }
            if message.count > header { field(1, bytes: message, &request) }
        }
        return request.isEmpty ? nil : snappy(request)
    }

    /// A histogram with whole counts: spans of buckets, each count as the difference to the one before.
    private static func histogram(_ histogram: FloatHistogram, _ time: Int64) -> [UInt8] {
        var out: [UInt8] = [1 << 3]
        varint(UInt64(histogram.count), &out)
        out.append(3 << 3 | 1)
        fixed(histogram.sum.bitPattern, &out)
        out.append(4 << 3)
        varint(zigzag(Int64(histogram.schema)), &out)
        out.append(5 << 3 | 1)
        fixed(histogram.zeroThreshold.bitPattern, &out)
        out.append(6 << 3)
        varint(UInt64(histogram.zeroCount), &out)
        var deltas: [UInt8] = []
        var (next, previous) = (Int32(0), Int64(0))
        for bucket in histogram.positive {
            var spanOfOne: [UInt8] = [1 << 3]
            varint(zigzag(Int64(bucket.index - next)), &spanOfOne)
            field(11, bytes: spanOfOne + [2 << 3, 1], &out)
            next = bucket.index + 1
            varint(zigzag(Int64(bucket.count) - previous), &deltas)
            previous = Int64(bucket.count)
        }
        field(12, bytes: deltas, &out)
        out.append(15 << 3)
        varint(UInt64(bitPattern: time), &out)
        return out
    }

    private static func zigzag(_ value: Int64) -> UInt64 { UInt64(bitPattern: value << 1 ^ value >> 63) }

    private static func varint(_ value: UInt64, _ out: inout [UInt8]) {
        var rest = value
        while rest > 0x7f {
            out.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        out.append(UInt8(rest))
    }

    private static func fixed(_ value: UInt64, _ out: inout [UInt8]) {
        for shift in stride(from: 0, to: 64, by: 8) { out.append(UInt8(truncatingIfNeeded: value >> UInt64(shift))) }
    }

    private static func field(_ number: UInt64, bytes: [UInt8], _ out: inout [UInt8]) {
        varint(number << 3 | 2, &out)
        varint(UInt64(bytes.count), &out)
        out += bytes
    }

    private static func field(_ number: UInt64, _ bytes: [UInt8]) -> [UInt8] {
        var out: [UInt8] = []
        field(number, bytes: bytes, &out)
        return out
    }

    /// All of it as literals: nothing is compressed.
    private static func snappy(_ bytes: [UInt8]) -> [UInt8] {
        var out: [UInt8] = []
        varint(UInt64(bytes.count), &out)
        for start in stride(from: 0, to: bytes.count, by: 65_536) {
            let piece = bytes[start..<min(start + 65_536, bytes.count)]
            out += [
                61 << 2, UInt8(truncatingIfNeeded: piece.count - 1), UInt8(truncatingIfNeeded: (piece.count - 1) >> 8),
            ]
            out += piece
        }
        return out
    }
}
