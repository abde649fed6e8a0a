import PromQL
import TestSupport
import Testing
import TimeSeries

@Suite struct NativeHistogramTests {
    private static let labels = Labels([("__name__", "h")])

    private static func store(_ notations: String...) throws -> SeriesStore {
        let store = SeriesStore()
        for (place, notation) in notations.enumerated() {
            try store.append(labels, at: Int64(place) * 60_000, try FloatHistogram(notation: notation))
        }
        return store
    }

    private static func number(
        _ query: String, _ store: SeriesStore, at time: Int64 = 60_000,
        _ compatibility: EngineOptions.Compatibility = .prometheus3
    ) throws -> Double? {
        var options = EngineOptions()
        options.compatibility = compatibility
        let result = try Engine(source: store, options: options).instant(try Parser.parse(query), at: time)
        guard case .vector(let samples) = result.value else { return nil }
        return samples.first?.value
    }

    @Test func `quantiles are exponential inside buckets, and linear under Prometheus 2`() throws {
        let store = try Self.store("{{schema:0 count:4 sum:5 buckets:[1 2 1]}}")
        #expect(try Self.number("histogram_quantile(0.5, h)", store) == (2.0).squareRoot())
        #expect(try Self.number("histogram_quantile(0.5, h)", store, .prometheus2) == 1.5)
        #expect(try Self.number("histogram_quantile(0.25, h)", store, .prometheus2) == 1)
        #expect(try Self.number("histogram_fraction(1, 1.5, h)", store, .prometheus2) == 0.25)
        #expect(try Self.number("histogram_quantile(2, h)", store) == .infinity)
        #expect(try Self.number("histogram_quantile(NaN, h)", store)?.isNaN == true)
    }

    @Test func `a quantile is the inverse of a fraction`() throws {
        var generator = SeededGenerator(seed: 77)
        for _ in 0..<200 {
            var histogram = FloatHistogram(schema: Int32.random(in: -4...8, using: &generator))
            for index in Int32(-5)...5 {
                histogram.positive.append(.init(index: index, count: Double.random(in: 0.5...9, using: &generator)))
                histogram.negative.append(.init(index: index, count: Double.random(in: 0.5...9, using: &generator)))
            }
            histogram.zeroThreshold = FloatHistogram.upperBound(-6, schema: histogram.schema)
            histogram.zeroCount = Double.random(in: 0.5...9, using: &generator)
            histogram.count = (0..<histogram.bucketCount).reduce(0) { $0 + histogram.count(at: $1) }
            let store = SeriesStore()
            try store.append(Self.labels, at: 0, histogram)
            for share in [0.01, 0.2, 0.5, 0.7, 0.99] {
                let value = try #require(try Self.number("histogram_quantile(\(share), h)", store))
                let back = try #require(try Self.number("histogram_fraction(-Inf, \(value), h)", store))
                #expect(abs(back - share) < 1e-6, "seed 77, schema \(histogram.schema), \(share) came back as \(back)")
            }
        }
    }

    @Test func `the notation is written as it was read`() throws {
        let texts = [
            "{{}}", "{{schema:1 count:4 sum:5.5 z_bucket:1 z_bucket_w:0.001 offset:-2 buckets:[1 0 2] n_buckets:[3]}}",
            "{{schema:-53 count:3 sum:2 custom_values:[5 10] counter_reset_hint:gauge offset:1 buckets:[1 2]}}",
            "{{count:NaN sum:+Inf}}",
        ]
        for text in texts { #expect(try FloatHistogram(notation: text).notation == text) }
        #expect(
            try FloatHistogram(notation: texts[1]).promQLText
                == "{count:4, sum:5.5, [-1,-0.7071067811865475):3, [-0.001,0.001]:1, "
                + "(0.35355339059327373,0.5]:1, (0.7071067811865475,1]:2}")
    }

    @Test(
        arguments: [
            "", "{{", "{{schema}}", "{{schema:9}}", "{{schema:x}}", "{{buckets:[1 2}}", "{{buckets:[1,2]}}",
            "{{count:0x10}}", "{{count:1}} 2", "{{colour:1}}", "{{counter_reset_hint:maybe}}", "{{offset:99999999999}}",
            "{{offset:2147483647 buckets:[1]}}", "{{n_offset:-2147483648 n_buckets:[1 2]}}",
        ])
    func `what is no histogram is refused`(text: String) {
        #expect(throws: HistogramNotationError.self) { try FloatHistogram(notation: text) }
    }

    @Test func `results are written as Prometheus's HTTP interface writes them`() throws {
        let store = try Self.store(
            "{{count:7 sum:0.0000001 z_bucket:1 z_bucket_w:0.5 buckets:[0 2 3] n_buckets:[0 1]}}", "{{count:1}}")
        try store.append(Self.labels, at: 120_000, 4)
        let engine = Engine(source: store)
        let expression = try Parser.parse("h")
        #expect(
            try engine.instant(expression, at: 0).jsonData()
                == #"{"resultType":"vector","result":[{"metric":{"__name__":"h"},"histogram":[0,{"count":"7","#
                + #""sum":"1e-07","buckets":[[1,"-2","-1","1"],[3,"-0.5","0.5","1"],[0,"1","2","2"],[0,"2","4","3"]]}]}]}"#
        )
        #expect(
            try engine.range(expression, from: 60_000, through: 120_000, step: 60_000).jsonData()
                == #"{"resultType":"matrix","result":[{"metric":{"__name__":"h"},"values":[[120,"4"]],"#
                + #""histograms":[[60,{"count":"1","sum":"0"}]]}]}"#)
        #expect(
            try engine.instant(try Parser.parse("h[5m]"), at: 120_000).jsonData().contains(
                #""values":[[120,"4"]],"histograms":[[0,{"#))
    }

    @Test func `an instant and a range query agree on random histograms with resets and mixed layouts`() throws {
        var generator = SeededGenerator(seed: 5)
        let store = SeriesStore()
        for name in ["a", "b", "c"] {
            var running = FloatHistogram(schema: 2)
            for point in 0..<60 {
                if Int.random(in: 0..<12, using: &generator) == 0 {
                    running = FloatHistogram(schema: Int32.random(in: 0...3, using: &generator))
                }
                let index = Int32.random(in: -4...4, using: &generator)
                try running.add(
                    FloatHistogram(schema: running.schema, count: 2, sum: 1, positive: [.init(index: index, count: 2)]))
                let labels = Labels([("__name__", "h"), ("x", name)])
                if Int.random(in: 0..<15, using: &generator) == 0 {
                    try store.append(labels, at: Int64(point) * 15_000, Double(point))
                } else {
                    try store.append(labels, at: Int64(point) * 15_000, running)
                }
            }
        }
        let engine = Engine(source: store)
        for query in [
            "rate(h[2m])", "sum(rate(h[1m]))", "avg(h)", "histogram_quantile(0.9, sum(increase(h[2m])))",
            "resets(h[3m])",
            "changes(h[3m])", "irate(h[1m])", "delta(h[1m])", "sum_over_time(h[1m])",
            "h - ignoring(x) group_left sum(h)",
            "count(h)", "last_over_time(h[1m])", "max_over_time(h[2m])", "histogram_stddev(h)", "h == h", "-h / 3",
        ] {
            let expression = try Parser.parse(query)
            guard case .matrix(let series) = try engine.range(expression, from: 0, through: 900_000, step: 20_000).value
            else { continue }
            for time in stride(from: Int64(0), through: 900_000, by: 20_000) {
                guard case .vector(let samples) = try engine.instant(expression, at: time).value else { continue }
                let expected = series.compactMap { one in
                    one.timestamps.firstIndex(of: time).map { (one.labels, one.values[$0], one.histogram(at: $0)) }
                }
                #expect(samples.count == expected.count, "\(query) at \(time)")
                for (sample, pair) in zip(samples.sorted { $0.labels < $1.labels }, expected) {
                    #expect(sample.labels == pair.0 && sample.histogram == pair.2, "\(query) at \(time)")
                    if pair.2 == nil { #expect(sample.value == pair.1 || sample.value.isNaN && pair.1.isNaN) }
                }
            }
        }
    }

    @Test func `no numbers and no layout can stop an evaluation`() throws {
        var generator = SeededGenerator(seed: 99)
        let numbers = [
            0, -0.0, 1, -3, .nan, .infinity, -.infinity, 1e308, -1e308, .leastNonzeroMagnitude, 0x1p-128, staleMarker,
            histogramMarker,
        ]
        let indexes: [Int32] = [.min, .min + 1, -300_000, -1, 0, 1, 7, 300_000, .max - 1, .max]
        func number() -> Double { numbers.randomElement(using: &generator) ?? 0 }
        func buckets() -> [FloatHistogram.IndexedCount] {
            indexes.filter { _ in Bool.random(using: &generator) }.map { .init(index: $0, count: number()) }
        }
        let schemas: [Int32] = [-4, 0, 3, 8, -53, 9, -5, .min, .max]
        let queries = try [
            "h", "rate(h[2m])", "delta(h[2m])", "irate(h[2m])", "sum(h)", "avg(h)", "h + h",
            "h - ignoring(x) group_left sum(h)",
            "h * 2", "h / 0", "h == h", "h </ 1.5", "h >/ -1", "-h", "histogram_quantile(0.3, h)",
            "histogram_quantile(1, h)",
            "histogram_fraction(-1, 2, h)", "histogram_stddev(h)", "resets(h[5m])", "changes(h[5m])",
            "sum_over_time(h[3m])", "avg_over_time(h[3m])", "count_values(\"v\", h)", "histogram_avg(h)",
        ].map { try Parser.parse($0, options: .everything) }
        for _ in 0..<40 {
            let store = SeriesStore()
            for name in ["a", "b"] {
                for point in 0..<6 {
                    let histogram = FloatHistogram(
                        schema: schemas.randomElement(using: &generator) ?? 0, zeroThreshold: number(),
                        zeroCount: number(), count: number(), sum: number(), positive: buckets(), negative: buckets(),
                        customBounds: (0..<Int.random(in: 0...3, using: &generator)).map { _ in number() })
                    let labels = Labels([("__name__", "h"), ("x", name)])
                    try store.append(labels, at: Int64(point) * 30_000, histogram)
                }
            }
            for compatibility in [EngineOptions.Compatibility.prometheus2, .prometheus3] {
                var options = EngineOptions()
                options.compatibility = compatibility
                let engine = Engine(source: store, options: options)
                for query in queries {
                    let result = try engine.range(query, from: 0, through: 180_000, step: 60_000)
                    #expect(result.jsonData().hasPrefix("{"))
                }
            }
        }
    }
}
