import TimeSeries

/// `deriv` and `predict_linear`: least squares over the window, in Prometheus's way for short windows, in two parts for
/// long ones.
struct RegressionKernel: WindowKernel {
    /// Seconds ahead at each step for `predict_linear`; nil for the slope.
    let ahead: [Double]?
    private var split = SplitWindow<LinePart>()

    init(ahead: [Double]?) { self.ahead = ahead }

    mutating func value(_ samples: SampleColumns, _ window: Window) -> Double {
        if window.count < 2 { return Column.absent }
        if window.isLong, let line = split.whole(samples, window).line {
            guard let ahead else { return line.slope }
            return line.value(at: window.evaluationTime) + line.slope * ahead[window.step]
        }
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

/// Sums for a line through samples, relative to one of them; times in seconds. What is said of ``SpreadPart`` holds here.
struct LinePart: WindowPart {
    private var count = 0.0
    private var originTime: Int64 = 0
    private var originValue = 0.0
    private var times = 0.0
    private var values = 0.0
    private var squares = 0.0
    private var products = 0.0
    private var isConstant = true

    init() {}

    @inline(__always)
    mutating func add(_ samples: SampleColumns, _ place: Int) {
        if count == 0 { (originTime, originValue) = (samples.timestamps[place], samples.values[place]) }
        let time = Double(samples.timestamps[place] &- originTime) / 1000
        let value = samples.values[place] - originValue
        count += 1
        times += time
        values += value
        squares += time * time
        products += time * value
        isConstant = isConstant && value == 0
    }

    @inline(__always)
    func joined(_ later: LinePart) -> LinePart {
        if later.count == 0 { return self }
        let time = Double(later.originTime &- originTime) / 1000
        let value = later.originValue - originValue
        var out = self
        out.count += later.count
        out.times += later.times + later.count * time
        out.values += later.values + later.count * value
        out.squares += later.squares + time * (2 * later.times + later.count * time)
        out.products += later.products + time * later.values + value * (later.times + later.count * time)
        out.isConstant = isConstant && later.isConstant && value == 0
        return out
    }

    struct Line {
        let slope: Double
        fileprivate let originTime: Int64
        fileprivate let originValue: Double

        /// - Parameter time: milliseconds.
        func value(at time: Int64) -> Double { originValue + slope * (Double(time &- originTime) / 1000) }
    }

    /// Nil where the sums aren't numbers, or the slope is so small that its digits were lost.
    @inline(__always)
    var line: Line? {
        if isConstant { return Line(slope: 0, originTime: originTime, originValue: originValue) }
        let product = values * (times / count)
        let covariance = products - product
        let variance = squares - times * (times / count)
        let slope = covariance / variance
        let isSure = abs(covariance) > (abs(products) + abs(product)) * 0x1p-24
        guard isSure, variance > 0, slope.isFinite else { return nil }
        let value = originValue + (values - slope * times) / count
        return value.isFinite ? Line(slope: slope, originTime: originTime, originValue: value) : nil
    }
}
