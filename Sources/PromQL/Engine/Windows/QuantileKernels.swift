import TimeSeries

/// `quantile_over_time`.
struct QuantileKernel: WindowKernel {
    /// φ at each step.
    let quantiles: [Double]
    private var window: RankedWindow<RankCursor>

    init(quantiles: [Double], overlaps: Bool) {
        self.quantiles = quantiles
        window = RankedWindow(overlaps: overlaps)
    }

    mutating func value(_ samples: SampleColumns, _ window: Window) -> Double {
        self.window.move(samples, window)
        let quantile = quantiles[window.step]
        if let edge = Quantile.edge(count: window.count, quantile) { return edge }
        let place = Quantile.Place(count: window.count, quantile)
        return place.between(self.window.pair(place.below))
    }
}

extension RankedWindow<RankCursor> {
    /// The value of a place in the order in which NaN comes first, and that of the next, if there is one.
    @inline(__always)
    fileprivate mutating func pair(_ place: Int) -> (Double, Double) {
        let rest = place &- nanCount
        if rest >= 0 {
            let rank = follower.seek(rest, in: members)
            return (self[rank], rest &+ 1 < count ? self[members.next(rank &+ 1)] : self[rank])
        }
        return (.nan, .nan)
    }
}

/// `mad_over_time`: the median of the distances from the median.
struct MedianDeviationKernel: WindowKernel {
    private var window: RankedWindow<DeviationCursors>

    init(overlaps: Bool) { window = RankedWindow(overlaps: overlaps) }

    mutating func value(_ samples: SampleColumns, _ window: Window) -> Double {
        self.window.move(samples, window)
        // A NaN counts, it isn't left out (Prometheus 3.14, functions.test).
        return self.window.nanCount > 0 ? .nan : self.window.medianDeviation
    }
}

/// Of the median, and of both ends of the numbers nearest to it.
struct DeviationCursors: RankFollower {
    fileprivate var median = RankCursor()
    fileprivate var left = RankCursor()
    fileprivate var right = RankCursor()
    /// How many numbers are smaller than the nearest ones.
    fileprivate var smaller = 0

    mutating func noteInsertion(of rank: Int) {
        median.noteInsertion(of: rank)
        left.noteInsertion(of: rank)
        right.noteInsertion(of: rank)
    }

    mutating func noteRemoval(of rank: Int) {
        median.noteRemoval(of: rank)
        left.noteRemoval(of: rank)
        right.noteRemoval(of: rank)
    }
}

extension RankedWindow<DeviationCursors> {
    /// The numbers nearest to the median are neighbours in the order; their run moves little from step to step.
    fileprivate var medianDeviation: Double {
        mutating get {
            let place = Quantile.Place(count: count, 0.5)
            let rank = follower.median.seek(place.below, in: members)
            let above = place.above > place.below ? self[members.next(rank &+ 1)] : self[rank]
            let median = place.between((self[rank], above))
            // An infinite median has no distance to the numbers that made it.
            if !median.isFinite { return .nan }
            let nearest = place.below + 1
            follower.smaller = min(follower.smaller, count - nearest)
            while true {
                let left = follower.left.seek(follower.smaller, in: members)
                let right = follower.right.seek(follower.smaller + place.below, in: members)
                let (toLeft, toRight) = (abs(self[left] - median), abs(self[right] - median))
                let hasMore = follower.smaller + nearest < count
                let beyondLeft =
                    follower.smaller > 0 ? abs(self[members.previous(left)] - median) : Double.infinity
                let beyondRight = hasMore ? abs(self[members.next(right + 1)] - median) : Double.infinity
                if beyondRight < toLeft {
                    follower.smaller += 1
                } else if beyondLeft < toRight {
                    follower.smaller -= 1
                } else {
                    let farthest = max(toLeft, toRight)
                    let isAlone = place.above == place.below
                    return place.between((farthest, isAlone ? farthest : min(beyondLeft, beyondRight)))
                }
            }
        }
    }
}

/// Quantiles by linear interpolation between the closest ranks.
enum Quantile {
    static func of(_ values: [Double], _ quantile: Double) -> Double {
        if let edge = edge(count: values.count, quantile) { return edge }
        let sorted = values.sorted { $0.isNaN ? !$1.isNaN : $0 < $1 }
        let place = Place(count: sorted.count, quantile)
        return place.between((sorted[place.below], sorted[place.above]))
    }

    /// The result that needs no values.
    @inline(__always)
    static func edge(count: Int, _ quantile: Double) -> Double? {
        if quantile >= 0, quantile <= 1, count > 0 { return nil }
        if count == 0 || quantile.isNaN { return .nan }
        return quantile < 0 ? -.infinity : .infinity
    }

    /// Two places in the order in which NaN comes first, and how far the quantile is from the first to the second.
    struct Place {
        let below: Int
        let above: Int
        private let weight: Double

        /// - Parameter count: more than 0.
        /// - Parameter quantile: from 0 to 1.
        @inline(__always)
        init(count: Int, _ quantile: Double) {
            let rank = quantile * Double(count - 1)
            below = min(Int(rank), count - 1)
            above = min(below + 1, count - 1)
            weight = rank - Double(below)
        }

        @inline(__always)
        func between(_ values: (Double, Double)) -> Double { values.0 * (1 - weight) + values.1 * weight }
    }
}
