import PromQL
import TimeSeries

/// What `load_with_nhcb` adds: every classic histogram of a load as a native one with custom bounds.
enum ClassicConversion {
    /// The cumulative buckets of one histogram at one time.
    private struct Parts {
        var buckets: [Double: Double] = [:]
        var count: Double?
        var sum = 0.0
        var isBroken = false
    }

    static func histograms(_ load: Script.Load) -> [Labels: [Int64: Script.Sample]] {
        var parts: [Labels: [Int64: Parts]] = [:]
        for line in load.series {
            let name = line.labels.metricName
            guard let suffix = ["_bucket", "_count", "_sum"].first(where: name.hasSuffix) else { continue }
            let labels = line.labels.dropping(["le"]).setting("__name__", String(name.dropLast(suffix.count)))
            let bound = ScriptReader.number(line.labels["le"]) ?? .nan
            if suffix == "_bucket", bound.isNaN { continue }
            for (place, value) in line.values.enumerated() {
                guard case .number(let number)?? = Optional(value) else { continue }
                let time = Int64(place) * load.stepMillis
                var one = parts[labels]?[time] ?? Parts()
                switch suffix {
                case "_bucket": one.buckets[bound] = one.buckets[bound] ?? number
                case "_count": one.count = number
                default: one.sum = number
                }
                if number < 0, suffix != "_sum" { one.isBroken = true }
                parts[labels, default: [:]][time] = one
            }
        }
        return parts.mapValues { $0.compactMapValues { histogram($0).map { .histogram($0, hasHint: false) } } }
    }

    private static func histogram(_ parts: Parts) -> FloatHistogram? {
        if parts.isBroken { return nil }
        var sorted = parts.buckets.sorted { $0.key < $1.key }
        let count = parts.count ?? sorted.last?.value ?? 0
        if sorted.last?.key != .infinity { sorted.append((.infinity, count)) }
        if sorted.last?.value != count { return nil }
        var previous = 0.0
        var buckets: [FloatHistogram.IndexedCount] = []
        for (place, bucket) in sorted.enumerated() {
            if bucket.value < previous { return nil }
            buckets.append(.init(index: Int32(place), count: bucket.value - previous))
            previous = bucket.value
        }
        return FloatHistogram(
            schema: FloatHistogram.customSchema, count: count, sum: parts.sum, positive: buckets,
            customBounds: sorted.dropLast().map(\.key))
    }
}
