/// Splits a range of scalars into sequences of byte ranges that match exactly its UTF-8 encodings.
enum UTF8Ranges {
    static func sequences(_ range: ClosedRange<UInt32>) -> [[ClosedRange<UInt8>]] {
        var out: [[ClosedRange<UInt8>]] = []
        let limits: [ClosedRange<UInt32>] = [
            0...0x7f, 0x80...0x7ff, 0x800...0xd7ff, 0xe000...0xffff, 0x1_0000...0x10_ffff,
        ]
        for limit in limits {
            let low = max(range.lowerBound, limit.lowerBound)
            let high = min(range.upperBound, limit.upperBound)
            if low <= high { split(encode(low), encode(high), [], &out) }
        }
        return out
    }

    private static func encode(_ value: UInt32) -> [UInt8] {
        switch value {
        case 0...0x7f: [UInt8(value)]
        case 0x80...0x7ff: [0xc0 | UInt8(value >> 6), tail(value)]
        case 0x800...0xffff: [0xe0 | UInt8(value >> 12), tail(value >> 6), tail(value)]
        default: [0xf0 | UInt8(value >> 18 & 7), tail(value >> 12), tail(value >> 6), tail(value)]
        }
    }

    private static func tail(_ value: UInt32) -> UInt8 { 0x80 | UInt8(value & 0x3f) }

    /// Both encodings are equally long. Where the first bytes differ, the middle takes any continuation bytes.
    private static func split(
        _ low: [UInt8], _ high: [UInt8], _ prefix: [ClosedRange<UInt8>], _ out: inout [[ClosedRange<UInt8>]]
    ) {
        guard let first = low.first, let last = high.first else {
            out.append(prefix)
            return
        }
        let (lowRest, highRest) = (Array(low.dropFirst()), Array(high.dropFirst()))
        if lowRest.isEmpty {
            out.append(prefix + [first...last])
            return
        }
        if first == last {
            split(lowRest, highRest, prefix + [first...first], &out)
            return
        }
        let least = [UInt8](repeating: 0x80, count: lowRest.count)
        let most = [UInt8](repeating: 0xbf, count: lowRest.count)
        var start = first
        var end = last
        if lowRest != least {
            split(lowRest, most, prefix + [first...first], &out)
            start += 1
        }
        if highRest != most { end -= 1 }
        if start <= end { out.append(prefix + [start...end] + least.map { _ in 0x80...0xbf }) }
        if highRest != most { split(least, highRest, prefix + [last...last], &out) }
    }
}
