import TimeSeries

/// `double_exponential_smoothing` (Holt's linear method).
///
/// The method is linear and forgets: two runs over the same samples from different beginnings differ by the first
/// difference times a power of one matrix. So one run over the whole series gives the result of every window that is
/// long enough for the difference to vanish beside the last bit; shorter windows are run through on their own.
struct SmoothingKernel: WindowKernel {
    let smoothing: [Double]
    let trend: [Double]
    private let decay: SmoothingDecay?
    /// The run over the whole series: level and drift after each sample.
    private var run: [SmoothedState] = []

    init(smoothing: [Double], trend: [Double]) {
        self.smoothing = smoothing
        self.trend = trend
        let isConstant = smoothing.allSatisfy { $0 == smoothing[0] } && trend.allSatisfy { $0 == trend[0] }
        decay = isConstant && smoothing.count > 1 ? SmoothingDecay(smoothing[0], trend[0]) : nil
    }

    mutating func value(_ samples: SampleColumns, _ window: Window) -> Double {
        if window.count < 2 { return Column.absent }
        let factors = (smoothing[window.step], trend[window.step])
        let start = SmoothedState(samples, window.low)
        if let decay, let reach = decay.reach(window.count - 1) {
            while run.count < window.high {
                run.append(
                    run.last?.next(samples.values[run.count], factors) ?? SmoothedState(samples, run.count))
            }
            let (level, before) = (run[window.high - 1].level, run[window.low])
            let error = reach.level * abs(before.level - start.level) + reach.drift * abs(before.drift - start.drift)
            if error <= abs(level) * 0x1p-55 { return level }
        }
        var state = start
        for place in (window.low + 1)..<window.high { state = state.next(samples.values[place], factors) }
        return state.level
    }
}

/// The level after a sample, and the drift that leads to the next one.
struct SmoothedState {
    var level: Double
    var drift: Double

    /// The beginning: the first sample, and the way to the second, which must exist or not be asked for.
    init(_ samples: SampleColumns, _ place: Int) {
        level = samples.values[place]
        drift = place + 1 < samples.values.count ? samples.values[place + 1] - level : 0
    }

    init(level: Double, drift: Double) {
        self.level = level
        self.drift = drift
    }

    @inline(__always)
    func next(_ value: Double, _ factors: (smoothing: Double, trend: Double)) -> SmoothedState {
        let next = factors.smoothing * value + (1 - factors.smoothing) * (level + drift)
        return SmoothedState(level: next, drift: factors.trend * (next - level) + (1 - factors.trend) * drift)
    }
}

/// How much of a difference between two beginnings is left after a number of samples.
struct SmoothingDecay {
    /// What one unit of difference in level, or in drift, makes of the level.
    typealias Reach = (level: Double, drift: Double)

    private var reaches: [Reach] = []
    private static let mostSamples = 8192

    init(_ smoothing: Double, _ trend: Double) {
        var level = SmoothedState(level: 1, drift: 0)
        var drift = SmoothedState(level: 0, drift: 1)
        while reaches.count < SmoothingDecay.mostSamples {
            reaches.append((abs(level.level), abs(drift.level)))
            level = level.next(0, (smoothing, trend))
            drift = drift.next(0, (smoothing, trend))
            let size = abs(level.level) + abs(level.drift) + abs(drift.level) + abs(drift.drift)
            if size < 1e-120 { break }
        }
    }

    /// Nil where nothing is gained; after the last known number of samples, what is left only becomes less.
    func reach(_ samples: Int) -> Reach? {
        if samples < 16 { return nil }
        return reaches[min(samples, reaches.count - 1)]
    }
}
