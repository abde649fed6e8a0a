import TimeSeries

/// `stddev_over_time` and `stdvar_over_time`: Welford's way for short windows, in two parts for long ones.
struct SpreadKernel: WindowKernel {
    let isDeviation: Bool
    private var split = SplitWindow<SpreadPart>()

    init(isDeviation: Bool) { self.isDeviation = isDeviation }

    mutating func value(_ samples: SampleColumns, _ window: Window) -> Double {
        let variance = (window.isLong ? split.whole(samples, window).variance : nil) ?? rescanned(samples, window)
        return isDeviation ? variance.squareRoot() : variance
    }

    private func rescanned(_ samples: SampleColumns, _ window: Window) -> Double {
        var variance = RunningVariance()
        for place in window.low..<window.high { variance.add(samples.values[place]) }
        return variance.result
    }
}

/// Sums of numbers and of their squares, relative to one of them.
///
/// As that one is among them, n times their variance is at least a n-th of the square of how far their mean is from it
/// (Samuelson's inequality). So of the digits that are right no more than log n are lost where one is subtracted from
/// the other, whatever the numbers' magnitude; numbers that are all the same have a variance of exactly 0.
struct SpreadPart: WindowPart {
    private var count = 0.0
    private var origin = 0.0
    private var sum = 0.0
    private var squares = 0.0

    init() {}

    @inline(__always)
    mutating func add(_ samples: SampleColumns, _ place: Int) {
        let value = samples.values[place]
        if count == 0 { origin = value }
        let distance = value - origin
        count += 1
        sum += distance
        squares += distance * distance
    }

    @inline(__always)
    func joined(_ later: SpreadPart) -> SpreadPart {
        if later.count == 0 { return self }
        let shift = later.origin - origin
        var out = self
        out.count += later.count
        out.sum += later.sum + later.count * shift
        out.squares += later.squares + shift * (2 * later.sum + later.count * shift)
        return out
    }

    /// The population variance; nil where squares are too large or too small for numbers, or a number is none.
    @inline(__always)
    var variance: Double? {
        let spread = squares - sum * (sum / count)
        return spread > 1e-280 && spread < .infinity || squares == 0 ? spread / count : nil
    }
}
