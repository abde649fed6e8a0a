import TimeSeries

extension FloatHistogram {
    /// `{count:20, sum:10, [-2,-1):2, [-0.001,0.001]:2, (0.5,1]:1}`: the populated buckets in ascending order, as
    /// Prometheus prints a histogram (in `count_values` too).
    public var promQLText: String {
        var out = "{count:\(formatGoFloat(count)), sum:\(formatGoFloat(sum))"
        for position in 0..<bucketCount where count(at: position) != 0 {
            // Printed without regard to an overlap with the zero bucket.
            let bucket = bucket(at: position, clipsToZeroBucket: false)
            out += ", " + (bucket.includesLower ? "[" : "(") + formatGoFloat(bucket.lower) + ","
            out += formatGoFloat(bucket.upper) + (bucket.includesUpper ? "]" : ")") + ":" + formatGoFloat(bucket.count)
        }
        return out + "}"
    }

    /// The histogram as promqltest scripts and unit-test files write it: `{{schema:1 count:4 sum:5.5 buckets:[1 3]}}`.
    ///
    /// Lists run from the first to the last bucket, so that gaps are filled with zeros.
    public var notation: String {
        let compact = compacted
        var parts: [String] = []
        func add(_ key: String, _ value: Double) { if value != 0 { parts.append("\(key):\(formatGoFloat(value))") } }
        if schema != 0 { parts.append("schema:\(schema)") }
        add("count", count)
        add("sum", sum)
        add("z_bucket", zeroCount)
        add("z_bucket_w", zeroThreshold)
        func list(_ values: [Double]) -> String { "[" + values.map(formatGoFloat).joined(separator: " ") + "]" }
        if usesCustomBounds { parts.append("custom_values:" + list(customBounds)) }
        switch hint {
        case .unknown: break
        case .reset: parts.append("counter_reset_hint:reset")
        case .notReset: parts.append("counter_reset_hint:not_reset")
        case .gauge: parts.append("counter_reset_hint:gauge")
        }
        for (prefix, buckets) in [("", compact.positive), ("n_", compact.negative)] {
            guard let first = buckets.first, let last = buckets.last else { continue }
            if first.index != 0 { parts.append("\(prefix)offset:\(first.index)") }
            // Schemas bound the indexes, so that a gap can't be longer than all their buckets.
            let length = min(Int(last.index) - Int(first.index) + 1, FloatHistogram.mostBuckets)
            var dense = [Double](repeating: 0, count: length)
            for bucket in buckets where Int(bucket.index) - Int(first.index) < length {
                dense[Int(bucket.index) - Int(first.index)] = bucket.count
            }
            parts.append("\(prefix)buckets:" + list(dense))
        }
        return "{{" + parts.joined(separator: " ") + "}}"
    }
}
