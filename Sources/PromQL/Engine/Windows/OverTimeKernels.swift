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

/// `sum_over_time` and `avg_over_time`: compensated for short windows, from prefix sums for long ones.
struct SumKernel: WindowKernel {
    let isMean: Bool
    /// Whether the mean is computed as Prometheus 2 does.
    let isIncremental: Bool
    private var prefix = PrefixSums()

    init(isMean: Bool, isIncremental: Bool = false) {
        self.isMean = isMean
        self.isIncremental = isIncremental
    }

    mutating func value(_ samples: SampleColumns, _ window: Window) -> Double {
        if window.isLong, !isIncremental {
            if !prefix.isMade { prefix.make(samples.values) }
            if let sum = prefix.isExact ? prefix.sum(window) : exactSum(samples, window) {
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
        var sum = KahanSum()
        for place in window.low..<window.high { sum.add(samples.values[place]) }
        if !isMean { return sum.result }
        // A sum that ends finite was so all the time.
        if sum.sum.isFinite { return RunningMean(total: sum, count: Double(window.count)).result }
        var mean = RunningMean()
        for place in window.low..<window.high { mean.add(samples.values[place]) }
        return mean.result
    }
}
