import TimeSeries

/// The functions of a window that need one value or a count.
struct PickKernel: WindowKernel {
    enum Choice {
        case first
        case last
        case count
        case present
        case timeOfFirst
        case timeOfLast
    }

    let choice: Choice

    func value(_ samples: SampleColumns, _ window: Window) -> Double {
        switch choice {
        case .first: samples.values[window.low]
        case .last: samples.values[window.high - 1]
        case .count: Double(window.count)
        case .present: 1
        case .timeOfFirst: Double(samples.timestamps[window.low]) / 1000
        case .timeOfLast: Double(samples.timestamps[window.high - 1]) / 1000
        }
    }
}

/// `min_over_time` and `max_over_time` by a queue of candidates: each sample enters and leaves once.
///
/// NaN counts only where a window has nothing else.
struct ExtremeKernel: WindowKernel {
    let isMaximum: Bool
    /// Whether the result is the sample's time in seconds instead of its value.
    let takesTime: Bool
    private var scanned = 0
    private var candidates: [Int] = []
    private var head = 0

    init(isMaximum: Bool, takesTime: Bool = false) {
        self.isMaximum = isMaximum
        self.takesTime = takesTime
    }

    mutating func value(_ samples: SampleColumns, _ window: Window) -> Double {
        scanned = max(scanned, window.low)
        while scanned < window.high {
            let value = samples.values[scanned]
            if !value.isNaN {
                while candidates.count > head, let last = candidates.last, yields(samples.values[last], to: value) {
                    candidates.removeLast()
                }
                candidates.append(scanned)
            }
            scanned += 1
        }
        while head < candidates.count, candidates[head] < window.low { head += 1 }
        if head > 1024, head * 2 > candidates.count {
            candidates.removeFirst(head)
            head = 0
        }
        if head == candidates.count {
            return takesTime ? Double(samples.timestamps[window.high - 1]) / 1000 : .nan
        }
        let place = candidates[head]
        return takesTime ? Double(samples.timestamps[place]) / 1000 : samples.values[place]
    }

    /// The newer of equal values stays, as `ts_of_max_over_time` wants it.
    private func yields(_ old: Double, to new: Double) -> Bool { isMaximum ? old <= new : old >= new }
}

/// `sum_over_time` and `avg_over_time`: compensated for short windows, from prefix sums for long ones.
struct SumKernel: WindowKernel {
    let isMean: Bool
    /// Whether the mean is computed as Prometheus 2 does.
    let isIncremental: Bool
    private var prefix: PrefixSums?
    private var hasTried = false

    init(isMean: Bool, isIncremental: Bool = false) {
        self.isMean = isMean
        self.isIncremental = isIncremental
    }

    mutating func value(_ samples: SampleColumns, _ window: Window) -> Double {
        if window.count >= PrefixSums.shortestWindow, !isIncremental {
            if !hasTried { prefix = PrefixSums(samples.values, withSquares: false) }
            hasTried = true
            if let sum = prefix?.sum(window) ?? exactSum(samples, window) {
                return isMean ? sum / Double(window.count) : sum
            }
        }
        return rescanned(samples, window)
    }

    /// The same result as from prefix sums, for a window of a series on the whole of which they aren't exact.
    private func exactSum(_ samples: SampleColumns, _ window: Window) -> Double? {
        let values = UnsafeBufferPointer(rebasing: samples.values[window.low..<window.high])
        guard PrefixSums.areExact(values) else { return nil }
        var sum = DoubleDouble()
        for value in values { sum.add(value) }
        return sum.value
    }

    private func rescanned(_ samples: SampleColumns, _ window: Window) -> Double {
        if isMean, isIncremental {
            var mean = IncrementalMean()
            for place in window.low..<window.high { mean.add(samples.values[place]) }
            return mean.result
        }
        if isMean {
            var mean = RunningMean()
            for place in window.low..<window.high { mean.add(samples.values[place]) }
            return mean.result
        }
        var sum = KahanSum()
        for place in window.low..<window.high { sum.add(samples.values[place]) }
        return sum.result
    }
}

/// `stddev_over_time` and `stdvar_over_time`: Welford's way for short windows, from prefix sums for long ones.
struct SpreadKernel: WindowKernel {
    let isDeviation: Bool
    private var prefix: PrefixSums?
    private var hasTried = false

    init(isDeviation: Bool) { self.isDeviation = isDeviation }

    mutating func value(_ samples: SampleColumns, _ window: Window) -> Double {
        if window.count >= PrefixSums.shortestWindow {
            if !hasTried { prefix = PrefixSums(samples.values, withSquares: true) }
            hasTried = true
            if let variance = prefix?.variance(window) { return isDeviation ? variance.squareRoot() : variance }
        }
        var variance = RunningVariance()
        for place in window.low..<window.high { variance.add(samples.values[place]) }
        return isDeviation ? variance.result.squareRoot() : variance.result
    }
}

/// `quantile_over_time` and `mad_over_time`.
struct QuantileKernel: WindowKernel {
    /// φ at each step; nil for the median of the distances from the median.
    let quantiles: [Double]?

    func value(_ samples: SampleColumns, _ window: Window) -> Double {
        let values = Array(samples.values[window.low..<window.high])
        if let quantiles { return Quantile.of(values, quantiles[window.step]) }
        if values.contains(where: \.isNaN) { return .nan }
        let median = Quantile.of(values, 0.5)
        return Quantile.of(values.map { abs($0 - median) }, 0.5)
    }
}

/// Quantiles by linear interpolation between the closest ranks.
enum Quantile {
    static func of(_ values: [Double], _ quantile: Double) -> Double {
        if values.isEmpty || quantile.isNaN { return .nan }
        if quantile < 0 { return -.infinity }
        if quantile > 1 { return .infinity }
        let sorted = values.sorted { $0.isNaN ? !$1.isNaN : $0 < $1 }
        let rank = quantile * Double(sorted.count - 1)
        let below = max(0, min(Int(rank), sorted.count - 1))
        let above = min(below + 1, sorted.count - 1)
        let weight = rank - rank.rounded(.down)
        return sorted[below] * (1 - weight) + sorted[above] * weight
    }
}

/// `double_exponential_smoothing` (Holt's linear method).
struct SmoothingKernel: WindowKernel {
    let smoothing: [Double]
    let trend: [Double]

    func value(_ samples: SampleColumns, _ window: Window) -> Double {
        if window.count < 2 { return Column.absent }
        let (level, slope) = (smoothing[window.step], trend[window.step])
        var previous = 0.0
        var current = samples.values[window.low]
        var drift = samples.values[window.low + 1] - current
        for place in (window.low + 1)..<window.high {
            if place > window.low + 1 {
                drift = slope * (current - previous) + (1 - slope) * drift
            }
            let next = level * samples.values[place] + (1 - level) * (current + drift)
            previous = current
            current = next
        }
        return current
    }
}
