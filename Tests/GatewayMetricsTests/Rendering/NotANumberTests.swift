import Exposition
import Testing

@testable import GatewayMetrics

/// Histograms in which something was observed that is not a number, as Go's client shows them: everything counts.
@Suite("Observations that are not a number")
struct NotANumberTests {
    private struct Shown: Equatable {
        var count: Double?
        var sum: Double?
        /// Equal when both sums are NaN, too.
        static func == (left: Shown, right: Shown) -> Bool {
            left.count == right.count && left.sum?.bitPattern == right.sum?.bitPattern
        }
    }

    /// What a strict reader finds on the page of each format.
    private func shown(_ format: ExpositionFormat, _ registry: MetricsRegistry) throws -> Shown {
        var shown = Shown()
        var reader = ExpositionReader(format: format, isStrict: true)
        let emit: (ExpositionEvent) -> Void = { event in
            switch event {
            case .sample(let sample) where sample.name == "h_count": shown.count = sample.value
            case .sample(let sample) where sample.name == "h_sum": shown.sum = sample.value
            case .histogram(let sample) where sample.name == "h":
                shown = Shown(count: sample.histogram.count, sum: sample.histogram.sum)
            default: break
            }
        }
        try reader.consume(registry.render(format), emit)
        try reader.finish(emit)
        return shown
    }

    @Test(
        "count and make the sum NaN in every format; OpenMetrics 1.0, which forbids that, has neither",
        arguments: [[Double.nan, 1], [.infinity, 1, -.infinity]], [false, true])
    func sums(_ values: [Double], isNative: Bool) throws {
        for buckets in isNative ? [[], [1.0, 2]] : [[1.0, 2]] {
            let registry = MetricsRegistry(prefix: "t", shards: 1)
            let histogram = try registry.histogram(
                "h", help: "h", buckets: buckets, native: isNative ? NativeHistogramOptions() : nil)
            for value in values { histogram.observe(value, on: Shard(owned: 1)) }
            #expect(histogram.count == UInt64(values.count) && histogram.sum.isNaN)
            for format in ExpositionFormat.allCases {
                let found = try shown(format, registry)
                if [.openMetrics001, .openMetrics100].contains(format) {
                    #expect(found == Shown())
                } else {
                    #expect(found.count == Double(values.count) && found.sum?.isNaN == true, "\(format) \(found)")
                }
            }
        }
    }

    @Test("infinity makes the sum infinite in every format", arguments: [false, true])
    func infinite(isNative: Bool) throws {
        let registry = MetricsRegistry(prefix: "t", shards: 1)
        let histogram = try registry.histogram(
            "h", help: "h", buckets: [1, 2], native: isNative ? NativeHistogramOptions() : nil)
        for value in [1, Double.infinity] { histogram.observe(value) }
        for format in ExpositionFormat.allCases {
            #expect(try shown(format, registry) == Shown(count: 2, sum: .infinity), "\(format)")
        }
    }
}
