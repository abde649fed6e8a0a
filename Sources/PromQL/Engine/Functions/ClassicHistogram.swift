/// The cumulative buckets of a classic histogram at one step.
struct ClassicHistogram {
    struct Bucket {
        var upperBound: Double
        var count: Double
    }

    private(set) var buckets: [Bucket]

    /// What was done to counts that fell from one bucket to the next.
    struct Repair {
        var isForced = false
        var lowestBound = Double.infinity
        var highestBound = -Double.infinity
        var largestDifference = 0.0
    }

    /// Sorts by bound and adds up buckets of the same bound; nil unless the last bound is +Inf.
    init?(_ unsorted: [Bucket]) {
        var sorted = unsorted
        sorted.sort { $0.upperBound < $1.upperBound }
        guard let last = sorted.last, last.upperBound == .infinity else { return nil }
        buckets = []
        for bucket in sorted {
            if let previous = buckets.last, previous.upperBound == bucket.upperBound {
                buckets[buckets.count - 1].count += bucket.count
            } else {
                buckets.append(bucket)
            }
        }
    }

    /// Makes the counts ascend. Differences within the tolerance are rounding and go unreported.
    mutating func repair(tolerance: Double) -> Repair {
        var repair = Repair()
        var previous = buckets[0].count
        for place in 1..<max(1, buckets.count) {
            let count = buckets[place].count
            if count == previous { continue }
            if ClassicHistogram.nearlyEqual(count, previous, tolerance) {
                buckets[place].count = previous
            } else if count < previous {
                buckets[place].count = previous
                repair.isForced = true
                repair.lowestBound = min(repair.lowestBound, buckets[place].upperBound)
                repair.highestBound = max(repair.highestBound, buckets[place].upperBound)
                repair.largestDifference = max(repair.largestDifference, previous - count)
            } else {
                previous = count
            }
        }
        return repair
    }

    private static func nearlyEqual(_ left: Double, _ right: Double, _ tolerance: Double) -> Bool {
        if left == right { return true }
        let sum = abs(left) + abs(right)
        let difference = abs(left - right)
        if left == 0 || right == 0 || sum < .leastNormalMagnitude {
            return difference < tolerance * .leastNormalMagnitude
        }
        return difference / min(sum, .greatestFiniteMagnitude) < tolerance
    }

    /// The φ-quantile by linear interpolation inside the bucket it falls in.
    func quantile(_ quantile: Double) -> Double {
        if quantile.isNaN { return .nan }
        if quantile < 0 { return -.infinity }
        if quantile > 1 { return .infinity }
        guard buckets.count >= 2, let last = buckets.last, last.count != 0, !last.count.isNaN else { return .nan }
        var rank = quantile * last.count
        let place = buckets.dropLast().firstIndex { $0.count >= rank } ?? buckets.count - 1
        if place == buckets.count - 1 { return buckets[buckets.count - 2].upperBound }
        if place == 0, buckets[0].upperBound <= 0 { return buckets[0].upperBound }
        var lower = 0.0
        var count = buckets[place].count
        if place > 0 {
            lower = buckets[place - 1].upperBound
            count -= buckets[place - 1].count
            rank -= buckets[place - 1].count
        }
        return lower + (buckets[place].upperBound - lower) * (rank / count)
    }

    /// The share of observations between two bounds, by linear interpolation inside buckets.
    func fraction(_ lower: Double, _ upper: Double) -> Double {
        let total = buckets[buckets.count - 1].count
        if total == 0 || total.isNaN || lower.isNaN || upper.isNaN { return .nan }
        if lower >= upper { return 0 }
        return (rank(upper, total) - rank(lower, total)) / total
    }

    /// How many observations are below a value.
    private func rank(_ value: Double, _ total: Double) -> Double {
        var below = 0.0
        for (place, bucket) in buckets.enumerated() {
            var lower = place > 0 ? buckets[place - 1].upperBound : -Double.infinity
            if place == 0, bucket.upperBound > 0 { lower = 0 }
            if lower >= value { return min(below, total) }
            if bucket.upperBound > value {
                if lower == -.infinity { return min(bucket.count, total) }
                if bucket.upperBound == .infinity { return min(below, total) }
                return min(below + (bucket.count - below) * (value - lower) / (bucket.upperBound - lower), total)
            }
            below = bucket.count
        }
        return total
    }
}
