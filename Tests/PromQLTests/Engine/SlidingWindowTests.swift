import PromQL
import TestSupport
import Testing
import TimeSeries

/// Functions whose windows slide, against a plain computation of every window.
@Suite struct SlidingWindowTests {
    private struct Sample {
        let time: Int64
        let value: Double
    }

    private static let steps = 60

    /// Ranges, steps and offsets such that windows overlap a lot, a little, or not at all.
    private static func grids(_ random: inout SeededGenerator) -> [(range: Int64, step: Int64)] {
        [
            (2_400_000, 10_000), (2_400_000, Int64(random.int(1...50)) * 7000), (150_000, 10_000),
            (Int64(random.int(20...900)) * 10_000, Int64(random.int(1...900)) * 5000), (14_400_000, 60_000),
        ]
    }

    private static func samples(_ store: SeriesStore) throws -> [Sample] {
        let engine = Engine(source: store)
        guard case .matrix(let series) = try engine.instant(try Parser.parse("m[10y]"), at: 300_000_000).value else {
            return []
        }
        return series.flatMap { one in zip(one.timestamps, one.values).map { Sample(time: $0, value: $1) } }
    }

    private static func points(_ text: String, _ store: SeriesStore, from: Int64, step: Int64) throws -> [Sample] {
        let result = try Engine(source: store).range(
            try Parser.parse(text, options: .everything), from: from, through: from + step * Int64(steps), step: step)
        guard case .matrix(let series) = result.value, let one = series.first else { return [] }
        return zip(one.timestamps, one.values).map { Sample(time: $0, value: $1) }
    }

    /// Compares every step of a query with a function of its window's samples and of the step's time.
    private static func check(
        _ kind: HardSeries, _ text: (Int64) -> String, _ isEqual: (Double, Double, ArraySlice<Sample>) -> Bool,
        _ model: (ArraySlice<Sample>, Int64) -> Double?
    ) throws {
        var random = SeededGenerator.forTest(seed: 41)
        for round in 0..<2 {
            let values = kind.values(round == 1 ? 9000 : 2600, &random)
            let store = try HardSeries.store(values, &random, regular: round.isMultiple(of: 2))
            let samples = try samples(store)
            for (range, step) in grids(&random) {
                let from = Int64(random.int(-300...3000)) * 7000
                let points = try points(text(range), store, from: from, step: step)
                var next = 0
                for time in stride(from: from, through: from + step * Int64(steps), by: Int(step)) {
                    let low = samples.firstIndex { $0.time > time - range } ?? samples.count
                    let high = samples.firstIndex { $0.time > time } ?? samples.count
                    guard low < high, let wanted = model(samples[low..<high], time) else { continue }
                    let found = next < points.count ? points[next] : Sample(time: .min, value: .nan)
                    next += 1
                    let isRight = found.time == time && isEqual(found.value, wanted, samples[low..<high])
                    #expect(isRight, "\(text(range)) step \(step) at \(time): \(found), not \(wanted)")
                    if !isRight { return }
                }
                #expect(next == points.count, "\(text(range)) step \(step)")
            }
        }
    }

    private static func same(_ left: Double, _ right: Double, _: ArraySlice<Sample>) -> Bool {
        left == right || left.isNaN && right.isNaN
    }

    private static func quantile(_ values: [Double], _ quantile: Double) -> Double {
        if quantile.isNaN { return .nan }
        if quantile < 0 { return -.infinity }
        if quantile > 1 { return .infinity }
        let sorted = values.sorted { $0.isNaN ? !$1.isNaN : $0 < $1 }
        let rank = quantile * Double(sorted.count - 1)
        let low = Int(rank)
        let high = min(low + 1, sorted.count - 1)
        return sorted[low] * (1 - (rank - Double(low))) + sorted[high] * (rank - Double(low))
    }

    @Test(arguments: HardSeries.allCases, ["0.9", "1", "NaN"])
    func `quantiles of sliding windows are those of the sorted windows`(kind: HardSeries, phi: String) throws {
        let wanted = phi == "NaN" ? Double.nan : Double(phi) ?? 0
        try Self.check(
            kind, { "quantile_over_time(\(phi), m[\($0 / 1000)s])" }, Self.same
        ) { window, _ in Self.quantile(window.map(\.value), wanted) }
    }

    @Test(arguments: HardSeries.allCases)
    func `a quantile may differ from step to step`(kind: HardSeries) throws {
        try Self.check(
            kind, { "quantile_over_time((time() % 37 - 3) / 30, m[\($0 / 1000)s])" }, Self.same
        ) { window, time in
            Self.quantile(window.map(\.value), ((Double(time) / 1000).truncatingRemainder(dividingBy: 37) - 3) / 30)
        }
    }

    @Test(arguments: HardSeries.allCases)
    func `median deviations of sliding windows are those of the sorted windows`(kind: HardSeries) throws {
        try Self.check(kind, { "mad_over_time(m[\($0 / 1000)s])" }, Self.same) { window, _ in
            let values = window.map(\.value)
            if values.contains(where: \.isNaN) { return .nan }
            let median = Self.quantile(values, 0.5)
            return Self.quantile(values.map { abs($0 - median) }, 0.5)
        }
    }

    /// Welford's variance with compensated sums, of the distances from the first sample: Prometheus's mean of numbers
    /// about 1e9 is known to 1e-7 only.
    private static func variance(_ window: ArraySlice<Sample>) -> Double {
        var count = 0.0
        var (mean, meanRest, squares, squaresRest) = (0.0, 0.0, 0.0, 0.0)
        func add(_ value: Double, _ sum: inout Double, _ rest: inout Double) {
            let total = sum + value
            if total.isInfinite {
                rest = 0
            } else {
                rest += abs(sum) >= abs(value) ? (sum - total) + value : (value - total) + sum
            }
            sum = total
        }
        for value in window.map({ $0.value - (window.first?.value ?? 0) }) {
            count += 1
            let delta = value - (mean + meanRest)
            add(delta / count, &mean, &meanRest)
            add(delta * (value - (mean + meanRest)), &squares, &squaresRest)
        }
        return (squares + squaresRest) / count
    }

    private static func near(_ left: Double, _ right: Double, _ fraction: Double = 1e-9) -> Bool {
        left == right || left.isNaN && right.isNaN || abs(left - right) <= fraction * max(abs(left), abs(right))
    }

    @Test(arguments: HardSeries.allCases, ["stdvar", "stddev"])
    func `variances of sliding windows are those of the windows alone`(kind: HardSeries, name: String) throws {
        try Self.check(
            kind, { "\(name)_over_time(m[\($0 / 1000)s])" },
            { found, wanted, window in
                let isConstant = window.allSatisfy { $0.value == window.first?.value }
                let isLong = window.count >= 128
                return isConstant && isLong ? found == 0 : Self.near(found, wanted, isLong ? 1e-9 : 1e-4)
            },
            { window, _ in
                let variance = Self.variance(window)
                return name == "stddev" ? variance.squareRoot() : variance
            })
    }

    /// Least squares about the middle of the samples.
    private static func line(_ window: ArraySlice<Sample>, at time: Int64) -> (slope: Double, value: Double)? {
        guard window.count > 1, let first = window.first else { return nil }
        if window.allSatisfy({ $0.value == first.value }) {
            return first.value.isInfinite ? (.nan, .nan) : (0, first.value)
        }
        let count = Double(window.count)
        let times = window.map { Double($0.time - first.time) / 1000 }
        let values = window.map { $0.value - first.value }
        let (meanTime, meanValue) = (times.reduce(0, +) / count, values.reduce(0, +) / count)
        var (products, squares) = (0.0, 0.0)
        for (time, value) in zip(times, values) {
            products += (time - meanTime) * (value - meanValue)
            squares += (time - meanTime) * (time - meanTime)
        }
        let slope = products / squares
        return (slope, first.value + meanValue + slope * (Double(time - first.time) / 1000 - meanTime))
    }

    @Test(arguments: HardSeries.allCases)
    func `slopes of sliding windows are those of the windows alone`(kind: HardSeries) throws {
        try Self.check(
            kind, { "deriv(m[\($0 / 1000)s])" },
            { found, wanted, window in
                let values = window.map(\.value)
                let span = (values.max() ?? 0) - (values.min() ?? 0)
                // Prometheus's own way, which short windows have, loses the digits that an offset takes.
                let scale = window.count < 128 ? max(abs(values.max() ?? 0), abs(values.min() ?? 0)) : span
                return Self.near(found, wanted) || abs(found - wanted) <= 1e-10 * scale
            }, { window, time in Self.line(window, at: time)?.slope })
    }

    @Test(arguments: HardSeries.allCases)
    func `predictions of sliding windows are those of the windows alone`(kind: HardSeries) throws {
        try Self.check(
            kind, { "predict_linear(m[\($0 / 1000)s], 600)" },
            { found, wanted, window in
                let largest = window.map { abs($0.value) }.max() ?? 0
                return Self.near(found, wanted) || abs(found - wanted) <= 1e-8 * largest
            }, { window, time in Self.line(window, at: time + 600_000)?.value })
    }

    @Test(arguments: HardSeries.allCases)
    func `a window has the same result in a range query and alone, to the last bit`(kind: HardSeries) throws {
        var random = SeededGenerator.forTest(seed: 42)
        let texts = [
            "stddev_over_time(m[50m])", "stdvar_over_time(m[40m])", "deriv(m[1h])", "predict_linear(m[30m], 60)",
            "mad_over_time(m[30m])", "quantile_over_time(0.3, m[1h])", "stddev_over_time(m[30m] offset -1m)",
        ]
        let store = try HardSeries.store(kind.values(2600, &random), &random, regular: false)
        for text in texts {
            for point in try Self.points(text, store, from: 500_000, step: 117_000) {
                let expression = try Parser.parse(text, options: .everything)
                guard case .vector(let alone) = try Engine(source: store).instant(expression, at: point.time).value
                else { continue }
                let value = try #require(alone.first).value
                #expect(value == point.value || value.isNaN && point.value.isNaN, "\(text) \(point) \(value)")
            }
        }
    }
}
