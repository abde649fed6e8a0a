@testable import GatewayMetrics

/// A native histogram of one writer, by the specification's words: dictionaries, and one rule after the other.
struct NativeModel {
    struct Key: Hashable {
        var index: Int
        var isNegative: Bool
    }

    let options: NativeHistogramOptions
    var schema: Int
    var zeroThreshold: Double
    var zeroCount: UInt64 = 0
    var count: UInt64 = 0
    var buckets: [Key: UInt64] = [:]
    var epochStart: Double

    init(_ options: NativeHistogramOptions, now: Double) {
        self.options = options
        schema = options.schema
        zeroThreshold = options.zeroThreshold
        epochStart = now
    }

    /// The bucket by search over bounds, without a table.
    static func index(of value: Double, schema: Int) -> Int {
        let scale = ExponentialScale.shared
        var low = -300_000 >> (8 - schema)
        var high = (1024 << 8) >> (8 - schema) + 1
        if value.magnitude == .infinity { return high }
        if !value.isNormal {
            // 512 octaves up, where bounds are not rounded so coarsely.
            return index(of: value * 0x1p512, schema: schema) - (512 << 8) >> (8 - schema)
        }
        while low < high {
            let middle = (low + high) >> 1
            if value.magnitude <= scale.upperBound(of: middle, shift: 8 - schema) {
                high = middle
            } else {
                low = middle + 1
            }
        }
        return low
    }

    mutating func observe(_ value: Double, now: Double) {
        let isKnown = value.isNaN || value.magnitude <= zeroThreshold || buckets[key(value)] != nil
        if !isKnown, buckets.count >= options.maxBuckets, let after = options.resetAfterSeconds,
            now - epochStart >= after
        {
            self = NativeModel(options, now: now)
        }
        count += 1
        if value.isNaN { return }
        if value.magnitude <= zeroThreshold {
            zeroCount += 1
            return
        }
        buckets[key(value), default: 0] += 1
        while buckets.count > options.maxBuckets, widen() || halve() {}
    }

    private func key(_ value: Double) -> Key {
        Key(index: NativeModel.index(of: value, schema: schema), isNegative: value < 0)
    }

    private mutating func widen() -> Bool {
        guard zeroThreshold < options.maxZeroThreshold, let closest = buckets.keys.map(\.index).min() else {
            return false
        }
        let end = ExponentialScale.shared.upperBound(of: closest, shift: 8 - schema)
        guard end <= options.maxZeroThreshold else { return false }
        zeroThreshold = end
        for isNegative in [false, true] {
            zeroCount += buckets.removeValue(forKey: Key(index: closest, isNegative: isNegative)) ?? 0
        }
        return true
    }

    private mutating func halve() -> Bool {
        guard schema > -4 else { return false }
        schema -= 1
        var merged: [Key: UInt64] = [:]
        for (key, count) in buckets {
            merged[Key(index: (key.index + 1) >> 1, isNegative: key.isNegative), default: 0] += count
        }
        buckets = merged
        return true
    }
}
