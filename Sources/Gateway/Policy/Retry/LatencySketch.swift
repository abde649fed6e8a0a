/// Quantiles of a stream of latencies within 1/16: buckets of equal ratio, eight to an octave with linear steps between
/// powers of two (DDSketch, Masson, Rim and Lee 2019, with the linearly interpolated mapping). 1 µs to 68 s; what is
/// outside counts at the ends. 216 counters, allocated once. Pure.
struct LatencySketch {
    private static let lowestBit = 10
    private static let octaves = 27

    private var buckets = [UInt32](repeating: 0, count: LatencySketch.octaves * 8)
    private(set) var count = 0

    @inline(__always)
    static func bucket(_ nanos: Int64) -> Int {
        let value = UInt64(max(1 << Int64(lowestBit), nanos))
        let exponent = 63 - value.leadingZeroBitCount
        guard exponent < lowestBit + octaves else { return octaves * 8 - 1 }
        let step = Int(value &>> UInt64(exponent - 3)) & 7
        return (exponent - lowestBit) * 8 + step
    }

    /// The middle of a bucket.
    static func nanos(ofBucket index: Int) -> Int64 {
        let exponent = Int64(index / 8 + lowestBit)
        let width = Int64(1) << (exponent - 3)
        return (Int64(1) << exponent) + width * Int64(index % 8) + width / 2
    }

    @inline(__always)
    mutating func add(_ nanos: Int64) {
        buckets[Self.bucket(nanos)] &+= 1
        count += 1
    }

    /// Halves all counts when there are more than so many, so that the past fades.
    mutating func fade(above limit: Int) {
        guard count > limit else { return }
        count = 0
        for index in buckets.indices {
            buckets[index] /= 2
            count += Int(buckets[index])
        }
    }

    mutating func reset() {
        guard count > 0 else { return }
        count = 0
        for index in buckets.indices { buckets[index] = 0 }
    }

    /// The latency that so many percent do not exceed; nil without any.
    func quantile(percent: Int) -> Int64? {
        guard count > 0 else { return nil }
        let rank = max(1, (count * percent.clamped(0...100) + 99) / 100)
        var seen = 0
        for index in buckets.indices {
            seen += Int(buckets[index])
            if seen >= rank { return Self.nanos(ofBucket: index) }
        }
        return nil
    }

    var invariants: Bool { buckets.reduce(0) { $0 + Int($1) } == count }
}
