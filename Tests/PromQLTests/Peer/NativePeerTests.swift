import PromQL
import TestSupport
import Testing
import TimeSeries

/// Queries over native histograms, which Prometheus 2.42 has behind a flag and only begins to support.
@Suite struct NativePeerTests {
    static let queries = [
        "demo_native", "histogram_count(demo_native)", "histogram_sum(demo_native)",
        "histogram_quantile(0, demo_native)", "histogram_quantile(0.5, demo_native)",
        "histogram_quantile(0.99, demo_native)", "histogram_quantile(1, demo_native)",
        "histogram_quantile(2, demo_native)", "histogram_fraction(0, 1, demo_native)",
        "histogram_fraction(-Inf, 0.3, demo_native)", "histogram_fraction(0.1, +Inf, demo_native)",
        "rate(demo_native[5m])", "increase(demo_native[2m])", "rate(demo_native[1m] offset 1m)",
        "sum(demo_native)", "sum by (job) (rate(demo_native[5m]))",
        "histogram_quantile(0.9, sum(rate(demo_native[2m])))", "histogram_count(increase(demo_native[5m]))",
        "histogram_sum(rate(demo_native[5m])) / histogram_count(rate(demo_native[5m]))",
        "count(demo_native)", "count_over_time(demo_native[5m])",
        "present_over_time(demo_native[5m])", "absent_over_time(demo_native[5m])", "timestamp(demo_native)",
        "absent(demo_native)", "demo_native + demo_native",
        "max_over_time(histogram_quantile(0.9, rate(demo_native[1m]))[10m:1m])",
    ]

    @Test(.enabled(if: PeerPrometheus.isInstalled, PeerPrometheus.absence))
    func `native histograms agree with Prometheus 2`() throws {
        var random = SeededGenerator(seed: 3)
        let (start, step) = (DemoData.start, DemoData.scrapeMillis)
        let series = (0..<3).map { instance in
            var series = Series(
                labels: Labels([("__name__", "demo_native"), ("job", "demo"), ("instance", "\(instance)")]))
            var counts = [Double](repeating: 0, count: 9)
            var sum = 0.0
            for place in 0..<360 as Range<Int64> {
                // One instance restarts in between.
                if instance == 1, place == 200 { (counts, sum) = ([Double](repeating: 0, count: 9), 0) }
                for bucket in counts.indices where bucket != 5 {
                    let more = Double(random.int(0...bucket + 1))
                    counts[bucket] += more
                    sum += more * Double(bucket) / 8
                }
                let histogram = FloatHistogram(
                    schema: 1, zeroThreshold: 0.001, zeroCount: counts[0], count: counts.reduce(0, +), sum: sum,
                    positive: (1..<9).filter { $0 != 5 }.map { .init(index: Int32($0) - 6, count: counts[$0]) })
                series.append(histogram, at: start + place * step)
            }
            return series
        }
        let store = SeriesStore()
        for one in series {
            for (place, time) in one.timestamps.enumerated() {
                try store.append(one.labels, at: time, try #require(one.histogram(at: place)))
            }
        }
        let peer = try PeerPrometheus(series, features: ["native-histograms"])
        var options = EngineOptions()
        options.compatibility = .prometheus2
        let engine = Engine(source: store, options: options)
        let (first, last) = (start + 600_000, start + 1_620_000)
        for query in Self.queries {
            let theirs = try peer.query(query, from: first, through: last, step: 30_000)
            let ours = try engine.range(try Parser.parse(query), from: first, through: last, step: 30_000).value
            if let difference = PeerComparison().difference(ours, theirs) { Issue.record("\(query): \(difference)") }
        }
    }
}
