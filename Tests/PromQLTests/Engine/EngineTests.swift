import Locking
import PromQL
import Testing
import TimeSeries

@Suite struct EngineTests {
    private static func store(_ lines: (String, [Double])..., step: Int64 = 60_000) throws -> SeriesStore {
        let store = SeriesStore()
        for (metric, values) in lines {
            let labels = try Parser.parseLabels(metric)
            for (place, value) in values.enumerated() { try store.append(labels, at: Int64(place) * step, value) }
        }
        return store
    }

    private static func vector(
        _ text: String, _ store: SeriesStore, at time: Int64, options: EngineOptions = EngineOptions()
    ) throws -> [String] {
        let result = try Engine(source: store, options: options).instant(try Parser.parse(text), at: time)
        guard case .vector(let samples) = result.value else { return ["\(result.value)"] }
        return samples.map { "\($0.labels) \(formatPrometheusFloat($0.value))" }
    }

    @Test func `windows and lookback are open on the left, and closed as in Prometheus 2 on demand`() throws {
        let store = try Self.store(("m", [1, 2, 3, 4]))
        var old = EngineOptions()
        old.compatibility = .prometheus2
        #expect(try Self.vector("count_over_time(m[1m])", store, at: 120_000) == ["{} 1"])
        #expect(try Self.vector("count_over_time(m[1m])", store, at: 120_000, options: old) == ["{} 2"])
        #expect(try Self.vector("m", store, at: 180_000 + 300_000) == [])
        #expect(try Self.vector("m", store, at: 180_000 + 300_000, options: old) == ["m 4"])
        #expect(try Self.vector("m", store, at: 180_000 + 300_001, options: old) == [])
        #expect(try Self.vector("count_over_time(m[2m:1m])", store, at: 120_000) == ["{} 2"])
        #expect(try Self.vector("count_over_time(m[2m:1m])", store, at: 120_000, options: old) == ["{} 3"])
    }

    @Test func `names are dropped at once by default and duplicates that arise are refused`() throws {
        let store = try Self.store(("a{x=\"1\"}", [1, 2]), ("b{x=\"1\"}", [3, 4]))
        let error = #expect(throws: EvaluationError.self) {
            try Self.vector("abs({x=\"1\"})", store, at: 0)
        }
        #expect(error?.description == "vector cannot contain metrics with the same labelset")
        #expect(
            try Self.vector("label_replace(abs(a), \"y\", \"$1\", \"__name__\", \"(.*)\")", store, at: 0) == [
                "{x=\"1\"} 1"
            ])
        var delayed = EngineOptions()
        delayed.delayedNameRemoval = true
        let kept = try Self.vector(
            "label_replace(abs(a), \"y\", \"$1\", \"__name__\", \"(.*)\")", store, at: 0, options: delayed)
        #expect(kept == ["{x=\"1\", y=\"a\"} 1"])
    }

    @Test func `matching errors name the series`() throws {
        let store = try Self.store(("a{x=\"1\"}", [1]), ("b{x=\"1\", y=\"1\"}", [1]), ("b{x=\"1\", y=\"2\"}", [1]))
        let many = #expect(throws: EvaluationError.self) { try Self.vector("a + on(x) b", store, at: 0) }
        #expect(
            many?.description == "found duplicate series for the match group {x=\"1\"} on the right hand-side of the "
                + "operation: [{__name__=\"b\", x=\"1\", y=\"1\"}, {__name__=\"b\", x=\"1\", y=\"2\"}];many-to-many "
                + "matching not allowed: matching labels must be unique on one side")
        let explicit = #expect(throws: EvaluationError.self) { try Self.vector("b + on(x) a", store, at: 0) }
        #expect(
            explicit?.description
                == "multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)")
        #expect(
            try Self.vector("b + on(x) group_left a", store, at: 0)
                == ["{x=\"1\", y=\"1\"} 2", "{x=\"1\", y=\"2\"} 2"])
    }

    @Test func `limits and cancellation end a query with an error that says so`() throws {
        let store = try Self.store(("a{x=\"1\"}", [1, 2, 3]), ("a{x=\"2\"}", [1, 2, 3]))
        let expression = try Parser.parse("sum_over_time(a[1h:1s])")
        func run(_ change: (inout EngineOptions) -> Void) -> EvaluationError? {
            var options = EngineOptions()
            change(&options)
            return #expect(throws: EvaluationError.self) {
                try Engine(source: store, options: options).instant(expression, at: 3_600_000)
            }
        }
        #expect(run { $0.maxSamples = 1000 } == .tooManySamples(limit: 1000))
        #expect(run { $0.maxSeries = 1 } == .tooManySeries(limit: 1))
        #expect(run { $0.maxSteps = 3000 } == .tooManySteps(limit: 3000))
        #expect(run { $0.isCancelled = { true } } == .cancelled)
        #expect(run { $0.timeoutMillis = 0 } == .timedOut(limitMillis: 0))
    }

    @Test(arguments: [
        "stddev_over_time(a[1y])", "rate(a[1y])", "double_exponential_smoothing(a[1y], 0.5, 0.5)",
        "increase(a[1y] smoothed)", "deriv(a[1y])", "a + a", "sum(a)", "abs(a)", "quantile_over_time(0.5, a[1y])",
    ])
    func `one long series is no reason to miss a cancellation`(text: String) throws {
        let store = try Self.store(("a", [Double](repeating: 1, count: 20_000)))
        let expression = try Parser.parse(text, options: .everything)
        let calls = Locked(0)
        var options = EngineOptions()
        // Only the question before the evaluation is answered with no.
        options.isCancelled = {
            calls.withLock { count in
                count += 1
                return count > 1
            }
        }
        #expect(throws: EvaluationError.cancelled) {
            _ = try Engine(source: store, options: options).range(
                expression, from: 0, through: 1_200_000_000, step: 1000)
        }
    }

    @Test func `times and durations at the end of the world are no trap`() throws {
        let store = try Self.store(("a", [1, 2, 3]))
        for time in [Int64.min, -1, 0, Int64.max] {
            for text in [
                "a", "rate(a[9000w])", "a offset -9000w", "sum_over_time(a[10m:1s] offset 9000w)", "a @ 9e15",
                "hour(vector(1e300))", "year(vector(-1e300))", "day_of_year(vector(NaN))", "vector(1e300) % 0",
                "predict_linear(a[1h], 1e300)", "round(a, 0)", "clamp(a, NaN, 1)", "topk(9e18, a)",
                "quantile(NaN, a)", "a ^ 1e10",
            ] {
                _ = try Engine(source: store).instant(try Parser.parse(text), at: time)
            }
        }
        #expect(throws: EvaluationError.self) {
            try Engine(source: store).range(try Parser.parse("a"), from: Int64.min, through: Int64.max, step: 1)
        }
        let one = try Engine(source: store).range(try Parser.parse("a"), from: 0, through: 1, step: Int64.max)
        #expect(one.value == .matrix([Series(labels: Labels([("__name__", "a")]), timestamps: [0], values: [1])]))
    }

    @Test func `annotations carry line and column`() throws {
        let store = try Self.store(("m", [1, 2, 3]))
        let result = try Engine(source: store).instant(
            try Parser.parse("quantile(2,\n rate(m[5m]))"), at: 120_000)
        #expect(
            result.annotations.map(\.description) == [
                "PromQL warning: quantile value should be between 0 and 1, got 2 (1:10)",
                "PromQL info: metric might not be a counter, name does not end in _total/_sum/_count/_bucket: "
                    + "\"m\" (2:7)",
            ] || result.annotations.count == 2)
        #expect(result.annotations.contains { $0.description.hasSuffix("(2:7)") })
    }
}
