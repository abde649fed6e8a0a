/// The cumulative buckets of a classic histogram at one step; made once for many steps.
struct ClassicHistogram {
    /// Upper bounds, ascending.
    private(set) var bounds: [Double] = []
    /// The counts up to each bound.
    private(set) var counts: [Double] = []

    /// What was done to counts that fell from one bucket to the next.
    struct Repair {
        var isForced = false
        var lowestBound = Double.infinity
        var highestBound = -Double.infinity
        var largestDifference = 0.0
    }

    var isEmpty: Bool { bounds.isEmpty }

    /// Whether the last bucket is that of +Inf, without which nothing can be said.
    var isComplete: Bool { bounds.last == .infinity }

    mutating func removeAll() {
        bounds.removeAll(keepingCapacity: true)
        counts.removeAll(keepingCapacity: true)
    }

    /// Adds a bucket; bounds come ascending, and counts of the same bound are added up.
    mutating func append(_ bound: Double, _ count: Double) {
        if let last = bounds.last, last == bound {
            counts[counts.count - 1] += count
        } else {
            bounds.append(bound)
            counts.append(count)
        }
    }

    /// Makes the counts ascend. Differences within the tolerance are rounding and go unreported.
    mutating func repair(tolerance: Double) -> Repair {
        var repair = Repair()
        var previous = counts[0]
        for place in 1..<max(1, counts.count) {
            let count = counts[place]
            if count == previous { continue }
            if ClassicHistogram.nearlyEqual(count, previous, tolerance) {
                counts[place] = previous
            } else if count < previous {
                counts[place] = previous
                repair.isForced = true
                repair.lowestBound = min(repair.lowestBound, bounds[place])
                repair.highestBound = max(repair.highestBound, bounds[place])
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
        // The quotient decides; without a division where it is far from the tolerance.
        if difference > sum * 1e-6, sum < 1e300, tolerance < 1e-7 { return false }
        return difference / min(sum, .greatestFiniteMagnitude) < tolerance
    }

    /// The φ-quantile by linear interpolation inside the bucket it falls in.
    func quantile(_ quantile: Double) -> Double {
        if quantile.isNaN { return .nan }
        if quantile < 0 { return -.infinity }
        if quantile > 1 { return .infinity }
        guard counts.count >= 2, let last = counts.last, last != 0, !last.isNaN else { return .nan }
        var rank = quantile * last
        var place = 0
        while place < counts.count - 1, !(counts[place] >= rank) { place += 1 }
        if place == counts.count - 1 { return bounds[bounds.count - 2] }
        if place == 0, bounds[0] <= 0 { return bounds[0] }
        var lower = 0.0
        var count = counts[place]
        if place > 0 {
            lower = bounds[place - 1]
            count -= counts[place - 1]
            rank -= counts[place - 1]
        }
        return lower + (bounds[place] - lower) * (rank / count)
    }

    /// The share of observations between two bounds, by linear interpolation inside buckets.
    func fraction(_ lower: Double, _ upper: Double) -> Double {
        let total = counts[counts.count - 1]
        if total == 0 || total.isNaN || lower.isNaN || upper.isNaN { return .nan }
        if lower >= upper { return 0 }
        return (rank(upper, total) - rank(lower, total)) / total
    }

    /// How many observations are below a value.
    private func rank(_ value: Double, _ total: Double) -> Double {
        var below = 0.0
        for (place, bound) in bounds.enumerated() {
            var lower = place > 0 ? bounds[place - 1] : -Double.infinity
            if place == 0, bound > 0 { lower = 0 }
            if lower >= value { return min(below, total) }
            if bound > value {
                if lower == -.infinity { return min(counts[place], total) }
                if bound == .infinity { return min(below, total) }
                return min(below + (counts[place] - below) * (value - lower) / (bound - lower), total)
            }
            below = counts[place]
        }
        return total
    }
}
