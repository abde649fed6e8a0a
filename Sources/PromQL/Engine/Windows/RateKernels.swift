import TimeSeries

/// `irate` and `idelta`: the last two samples.
struct InstantRateKernel: WindowKernel {
    let isRate: Bool

    func value(_ samples: SampleColumns, _ window: Window) -> Double {
        if window.count < 2 { return Column.absent }
        let last = samples.values[window.high - 1]
        let previous = samples.values[window.high - 2]
        let interval = samples.timestamps[window.high - 1] - samples.timestamps[window.high - 2]
        if interval == 0 { return Column.absent }
        if !isRate { return last - previous }
        return (last < previous ? last : last - previous) / (Double(interval) / 1000)
    }
}

/// `changes` and `resets`: neighbours inside the window that differ, or fall.
struct NeighbourKernel: WindowKernel {
    let countsChanges: Bool
    private var low = 0
    private var high = 1
    private var count = 0

    init(countsChanges: Bool) { self.countsChanges = countsChanges }

    mutating func value(_ samples: SampleColumns, _ window: Window) -> Double {
        while high < window.high {
            if isEvent(samples, high) { count += 1 }
            high += 1
        }
        while low < window.low {
            low += 1
            if low < high, isEvent(samples, low) { count -= 1 }
        }
        return Double(count)
    }

    private func isEvent(_ samples: SampleColumns, _ place: Int) -> Bool {
        let previous = samples.values[place - 1]
        let current = samples.values[place]
        if !countsChanges { return current < previous }
        return current != previous && !(current.isNaN && previous.isNaN)
    }
}

/// `deriv` and `predict_linear`: least squares over the window.
struct RegressionKernel: WindowKernel {
    /// Seconds ahead at each step for `predict_linear`; nil for the slope.
    let ahead: [Double]?

    func value(_ samples: SampleColumns, _ window: Window) -> Double {
        if window.count < 2 { return Column.absent }
        let origin = ahead == nil ? samples.timestamps[window.low] : window.evaluationTime
        let line = RegressionKernel.fit(samples, window, origin: origin)
        guard let ahead else { return line.slope }
        return line.slope * ahead[window.step] + line.intercept
    }

    static func fit(
        _ samples: SampleColumns, _ window: Window, origin: Int64
    ) -> (slope: Double, intercept: Double) {
        let initial = samples.values[window.low]
        var isConstant = true
        var sumX = KahanSum()
        var sumY = KahanSum()
        var sumXY = KahanSum()
        var sumXX = KahanSum()
        for place in window.low..<window.high {
            let y = samples.values[place]
            if place > window.low, y != initial { isConstant = false }
            let x = Double(samples.timestamps[place] - origin) / 1000
            sumX.add(x)
            sumY.add(y)
            sumXY.add(x * y)
            sumXX.add(x * x)
        }
        if isConstant { return initial.isInfinite ? (.nan, .nan) : (0, initial) }
        let count = Double(window.count)
        let (x, y) = (sumX.sum + sumX.compensation, sumY.sum + sumY.compensation)
        let covariance = sumXY.sum + sumXY.compensation - x * y / count
        let variance = sumXX.sum + sumXX.compensation - x * x / count
        let slope = covariance / variance
        return (slope, y / count - slope * x / count)
    }
}
