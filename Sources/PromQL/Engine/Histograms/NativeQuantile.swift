import TimeSeries

/// Quantiles and fractions of native histograms, interpolated inside buckets.
struct NativeQuantile {
    let histogram: FloatHistogram
    /// Prometheus 2 interpolates linearly in every bucket, 3 only in the zero bucket and with custom bounds.
    let isLinear: Bool

    /// What else is to be said about a result.
    enum Remark {
        /// Observations of NaN lie above all buckets, and the quantile falls among them.
        case resultIsNaN
        /// Observations of NaN lie above all buckets, so that the quantile is higher than that of the numbers.
        case resultIsSkewed
        /// Observations of NaN belong to no fraction.
        case fractionsExcludeNaN
    }

    init(_ histogram: FloatHistogram, _ compatibility: EngineOptions.Compatibility) {
        self.histogram = histogram
        isLinear = compatibility == .prometheus2
    }

    /// The bucket of a position, the zero bucket cut at zero where there are observations on one side only.
    private func bucket(_ position: Int) -> HistogramBucket {
        var bucket = histogram.bucket(at: position)
        if bucket.lower < 0, bucket.upper > 0 {
            if histogram.negative.isEmpty, !histogram.positive.isEmpty {
                bucket.lower = 0
            } else if histogram.positive.isEmpty, !histogram.negative.isEmpty {
                bucket.upper = 0
            }
        }
        return bucket
    }

    private func isLinear(in bucket: HistogramBucket) -> Bool {
        isLinear || histogram.usesCustomBounds || (bucket.lower <= 0 && bucket.upper >= 0)
    }

    /// The φ-quantile; without observations NaN, outside 0…1 an infinity.
    func value(_ quantile: Double) -> (value: Double, remark: Remark?) {
        if quantile < 0 { return (-.infinity, nil) }
        if quantile > 1 { return (.infinity, nil) }
        if histogram.count == 0 || quantile.isNaN { return (.nan, nil) }
        let hasNaN = histogram.sum.isNaN
        // From the nearer end, which is exact for the extremes; NaN observations are missing from the upper end.
        // Prometheus 2 always begins at the lower end.
        let isForward = hasNaN || quantile < 0.5 || isLinear
        var rank = (isForward ? quantile : 1 - quantile) * histogram.count
        let positions = histogram.bucketCount
        var count = 0.0
        var place: Int?
        for offset in 0..<positions {
            let position = isForward ? offset : positions - 1 - offset
            let inside = histogram.count(at: position)
            if inside == 0 { continue }
            place = position
            count += inside
            if count >= rank { break }
        }
        guard let place else { return (rank > 0 && hasNaN ? (.nan, .resultIsNaN) : (0, nil)) }
        let bucket = bucket(place)
        if let bound = endlessValue(bucket) { return (bound, nil) }
        count = min(count, histogram.count)
        if count < rank { return hasNaN && !isLinear ? (.nan, .resultIsNaN) : (bucket.upper, nil) }
        rank = isForward ? rank - (count - bucket.count) : count - rank
        var remark: Remark?
        if hasNaN, !isLinear {
            let total = (place + 1..<max(place + 1, positions)).reduce(count) { $0 + histogram.count(at: $1) }
            if total < histogram.count { remark = .resultIsSkewed }
        }
        return (bucket.value(atFraction: rank / bucket.count, linear: isLinear(in: bucket)), remark)
    }

    /// The value in a custom bucket that has no second bound.
    private func endlessValue(_ bucket: HistogramBucket) -> Double? {
        if !histogram.usesCustomBounds { return nil }
        if bucket.lower == -.infinity { return bucket.upper }
        return bucket.upper == .infinity ? bucket.lower : nil
    }

    /// The share of observations between two bounds.
    func fraction(_ lower: Double, _ upper: Double) -> (value: Double, remark: Remark?) {
        if histogram.count == 0 || lower.isNaN || upper.isNaN { return (.nan, nil) }
        if lower >= upper { return (0, nil) }
        var total = histogram.count
        var remark: Remark?
        if histogram.sum.isNaN, !isLinear {
            total = (0..<histogram.bucketCount).reduce(0) { $0 + histogram.count(at: $1) }
            if total < histogram.count { remark = .fractionsExcludeNaN }
        }
        let share = (min(rank(upper) ?? total, total) - min(rank(lower) ?? total, total)) / histogram.count
        return (share, remark)
    }

    /// How many observations are below a value; nil above all buckets.
    private func rank(_ value: Double) -> Double? {
        var below = 0.0
        for position in 0..<histogram.bucketCount {
            let bucket = bucket(position)
            if bucket.lower >= value { return below }
            if bucket.upper > value {
                if bucket.lower == -.infinity { return bucket.count }
                return below + bucket.count * bucket.fractionBelow(value, linear: isLinear(in: bucket))
            }
            below += bucket.count
        }
        return nil
    }

    /// The population variance, each bucket's observations taken for its middle.
    var variance: Double {
        let mean = histogram.sum / histogram.count
        var sum = KahanSum()
        for position in 0..<histogram.bucketCount where histogram.count(at: position) != 0 {
            let bucket = histogram.bucket(at: position)
            let middle: Double
            if histogram.usesCustomBounds {
                middle = (bucket.upper + bucket.lower) / 2
            } else if bucket.lower <= 0, bucket.upper >= 0 {
                middle = 0
            } else {
                let magnitude = (bucket.upper * bucket.lower).squareRoot()
                middle = bucket.upper < 0 ? -magnitude : magnitude
            }
            let delta = middle - mean
            sum.add(bucket.count * delta * delta)
        }
        return (sum.sum + sum.compensation) / histogram.count
    }
}
