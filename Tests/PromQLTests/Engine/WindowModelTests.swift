import PromQL
import TestSupport
import Testing
import TimeSeries

/// The engine's sliding windows against a plain evaluation that looks at every step's window anew.
@Suite struct WindowModelTests {
    private struct Sample {
        let time: Int64
        let value: Double
    }

    private static func randomSeries(_ random: inout SeededGenerator) -> [Sample] {
        var time: Int64 = 0
        var counter = 0.0
        var samples: [Sample] = []
        for _ in 0..<random.int(0...400) {
            time += Int64(random.int(1...40)) * 1000
            if random.oneIn(50) { time += 600_000 }
            counter = random.oneIn(15) ? 0 : counter + Double(random.int(0...8)) * 0.5
            let value = random.oneIn(40) ? staleMarker : random.oneIn(60) ? .nan : counter
            samples.append(Sample(time: time, value: value))
        }
        return samples
    }

    /// The definitions, written for one window without any thought of speed.
    private static let models: [String: @Sendable ([Double], [Int64]) -> Double?] = [
        "sum_over_time": { values, _ in values.reduce(0, +) },
        "avg_over_time": { values, _ in values.reduce(0, +) / Double(values.count) },
        "count_over_time": { values, _ in Double(values.count) },
        "present_over_time": { _, _ in 1 },
        "last_over_time": { values, _ in values.last },
        "first_over_time": { values, _ in values.first },
        "min_over_time": { values, _ in values.filter { !$0.isNaN }.min() ?? .nan },
        "max_over_time": { values, _ in values.filter { !$0.isNaN }.max() ?? .nan },
        "stdvar_over_time": { values, _ in
            let mean = values.reduce(0, +) / Double(values.count)
            return values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)
        },
        "changes": { values, _ in
            Double(zip(values, values.dropFirst()).filter { $0 != $1 && !($0.isNaN && $1.isNaN) }.count)
        },
        "resets": { values, _ in Double(zip(values, values.dropFirst()).filter { $1 < $0 }.count) },
        "idelta": { values, _ in values.count < 2 ? nil : values[values.count - 1] - values[values.count - 2] },
        "irate": { values, times in
            if values.count < 2 { return nil }
            let (previous, last) = (values[values.count - 2], values[values.count - 1])
            let seconds = Double(times[times.count - 1] - times[times.count - 2]) / 1000
            return (last < previous ? last : last - previous) / seconds
        },
        "quantile_over_time(0.3": { values, _ in
            let sorted = values.sorted { $0.isNaN ? !$1.isNaN : $0 < $1 }
            let rank = 0.3 * Double(sorted.count - 1)
            let low = Int(rank)
            let high = min(low + 1, sorted.count - 1)
            return sorted[low] * (1 - (rank - Double(low))) + sorted[high] * (rank - Double(low))
        },
    ]

    @Test(arguments: [EngineOptions.Compatibility.prometheus3, .prometheus2])
    func `every function of a window equals its definition at every step`(
        compatibility: EngineOptions.Compatibility
    ) throws {
        var random = SeededGenerator.forTest(seed: 5)
        var options = EngineOptions()
        options.compatibility = compatibility
        for _ in 0..<25 {
            let samples = Self.randomSeries(&random)
            let store = SeriesStore()
            for sample in samples { try store.append(Labels([("__name__", "m")]), at: sample.time, sample.value) }
            let range = Int64(random.int(1...900)) * 1000
            let step = Int64(random.int(1...120)) * 1000
            let offset = Int64(random.int(-60...60)) * 1000
            for (name, model) in Self.models {
                let open = name.contains("(") ? name + ", " : name + "("
                let text = "\(open)m[\(range / 1000)s] offset \(offset / 1000))"
                let engine = Engine(source: store, options: options)
                let result = try engine.range(try Parser.parse(text), from: -60_000, through: 8_000_000, step: step)
                let expected = Self.expected(
                    samples, model, range: range, step: step, offset: offset, isOpen: compatibility == .prometheus3)
                let found = Self.points(result)
                #expect(found.map(\.time) == expected.map(\.time), "\(text)")
                let agrees = zip(found, expected).allSatisfy {
                    ScriptComparison.nearlyEqual($0.value, $1.value) || abs($0.value - $1.value) < 1e-9
                }
                #expect(agrees, "\(text)")
            }
        }
    }

    private static func points(_ result: QueryResult) -> [Sample] {
        guard case .matrix(let series) = result.value, let one = series.first else { return [] }
        return zip(one.timestamps, one.values).map { Sample(time: $0, value: $1) }
    }

    private static func expected(
        _ samples: [Sample], _ model: ([Double], [Int64]) -> Double?, range: Int64, step: Int64, offset: Int64,
        isOpen: Bool
    ) -> [Sample] {
        stride(from: Int64(-60_000), through: 8_000_000, by: Int(step)).compactMap { time in
            let end = time - offset
            let inside = samples.filter { sample in
                !sample.value.isStaleMarker && sample.time <= end
                    && (isOpen ? sample.time > end - range : sample.time >= end - range)
            }
            if inside.isEmpty { return nil }
            return model(inside.map(\.value), inside.map(\.time)).map { Sample(time: time, value: $0) }
        }
    }

    @Test(arguments: [
        "rate(m[3m])", "increase(m[1h])", "delta(m[10m])", "deriv(m[5m])", "predict_linear(m[5m], 60)",
        "sum_over_time(rate(m[1m])[10m:20s])", "m", "sum_over_time(m[1h])", "avg_over_time(m[2h])",
        "stddev_over_time(m[1h])", "max_over_time(deriv(m[2m])[5m:])", "absent(m)", "absent_over_time(m[1m])",
        "m > 3 or m * 2", "topk(1, m)", "histogram_quantile(0.5, m)", "timestamp(m)", "hour() + m @ 500",
    ])
    func `a range query gives at each step what an instant query gives`(text: String) throws {
        var random = SeededGenerator.forTest(seed: 3)
        let expression = try Parser.parse(text)
        for _ in 0..<8 {
            let store = SeriesStore()
            for job in ["a", "b"] {
                for sample in Self.randomSeries(&random) {
                    try store.append(Labels([("__name__", "m"), ("job", job)]), at: sample.time, sample.value)
                }
            }
            let engine = Engine(source: store)
            let step = Int64(random.int(7...200)) * 1000
            let result = try engine.range(expression, from: 0, through: 5_000_000, step: step)
            guard case .matrix(let series) = result.value else { return }
            for time in stride(from: Int64(0), through: 5_000_000, by: Int(step)) {
                guard case .vector(let samples) = try engine.instant(expression, at: time).value else { return }
                let wide = series.compactMap { one -> (Labels, Double)? in
                    one.timestamps.firstIndex(of: time).map { (one.labels, one.values[$0]) }
                }
                #expect(samples.count == wide.count, "\(time)")
                for sample in samples {
                    let other = wide.first { $0.0 == sample.labels }?.1 ?? .infinity
                    #expect(ScriptComparison.nearlyEqual(sample.value, other), "\(sample) \(other)")
                }
            }
        }
    }
}
