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
