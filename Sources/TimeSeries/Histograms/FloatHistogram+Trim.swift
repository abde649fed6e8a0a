extension FloatHistogram {
    /// Keeps the observations on one side of a value, as PromQL's `</` and `>/` do.
    ///
    /// Buckets that contain the value are interpolated; count and sum are estimated anew from the middles of what is
    /// left, unless nothing was cut off. Nothing is known inside a bucket without end, so it goes as a whole, but for
    /// the part from zero to a positive bound.
    public mutating func trim(at cut: Double, keepsLower: Bool) {
        var trimming = Trimming(cut: cut, keepsLower: keepsLower, isLinear: usesCustomBounds)
        let hasPositive = positive.contains { $0.count != 0 }
        let hasNegative = negative.contains { $0.count != 0 }
        for place in positive.indices where positive[place].count != 0 {
            positive[place].count = trimming.keep(positiveBucket(place))
        }
        for place in negative.indices where negative[place].count != 0 {
            negative[place].count = trimming.keep(negativeBucket(place))
        }
        if zeroCount > 0 {
            let bucket = HistogramBucket(
                lower: hasPositive && !hasNegative ? 0 : -zeroThreshold,
                upper: hasNegative && !hasPositive ? 0 : zeroThreshold, count: zeroCount, includesLower: true,
                includesUpper: true)
            trimming.isLinear = true
            zeroCount = trimming.keep(bucket)
        }
        guard trimming.hasCut else { return }
        count = trimming.count
        sum = trimming.sum
        compact()
    }
}

/// The state of one trimming: what is left so far.
private struct Trimming {
    let cut: Double
    let keepsLower: Bool
    var isLinear: Bool
    var count = 0.0
    var sum = 0.0
    var hasCut = false

    init(cut: Double, keepsLower: Bool, isLinear: Bool) {
        self.cut = cut
        self.keepsLower = keepsLower
        self.isLinear = isLinear
    }

    /// Takes in what is left of a bucket and returns its count.
    mutating func keep(_ bucket: HistogramBucket) -> Double {
        let isWhole = keepsLower ? bucket.upper <= cut : bucket.lower >= cut
        let isPart = keepsLower ? bucket.lower < cut : bucket.upper > cut
        let (left, middle): (Double, Double)
        if isWhole {
            (left, middle) = (bucket.count, HistogramBucket.middle(bucket.lower, bucket.upper, linear: isLinear))
        } else if isPart {
            (left, middle) = part(bucket)
        } else {
            (left, middle) = (0, 0)
        }
        if left != bucket.count { hasCut = true }
        count += left
        sum += middle * left
        return left
    }

    private func part(_ bucket: HistogramBucket) -> (count: Double, middle: Double) {
        if bucket.lower == -.infinity { return endlessBelow(bucket) }
        if bucket.upper == .infinity { return keepsLower ? (0, 0) : (bucket.count, cut) }
        let below = bucket.count * bucket.fractionBelow(cut, linear: isLinear)
        return keepsLower
            ? (below, HistogramBucket.middle(bucket.lower, cut, linear: isLinear))
            : (bucket.count - below, HistogramBucket.middle(cut, bucket.upper, linear: isLinear))
    }

    /// The lowest custom bucket: with a positive bound it is taken to begin at zero.
    private func endlessBelow(_ bucket: HistogramBucket) -> (count: Double, middle: Double) {
        let beginsAtZero = bucket.upper > 0 && bucket.upper.isFinite
        if keepsLower {
            if beginsAtZero, cut > 0 { return (bucket.count * cut / bucket.upper, cut / 2) }
            return bucket.upper <= 0 ? (bucket.count, cut) : (0, 0)
        }
        if beginsAtZero, cut >= 0 { return (bucket.count * (1 - cut / bucket.upper), (cut + bucket.upper) / 2) }
        return (0, 0)
    }
}
