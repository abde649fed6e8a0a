import PromQL
import Testing
import TimeSeries

/// Series that have no sample at some steps, or no result at all.
@Suite struct ScarceSeriesTests {
    /// One sample of `x="a"`, then a counter `x="b"` every 15 s for five minutes.
    private static func engine() throws -> Engine {
        let store = SeriesStore()
        try store.append(try Parser.parseLabels("m{x=\"a\"}"), at: 15_000, 1)
        for step in 0...20 {
            try store.append(try Parser.parseLabels("m{x=\"b\"}"), at: Int64(step) * 15_000, Double(step) * 15)
        }
        return Engine(source: store)
    }

    private static func matrix(_ text: String) throws -> [Series] {
        let expression = try Parser.parse(text, options: .everything)
        let value = try Self.engine().range(expression, from: 0, through: 300_000, step: 15_000).value
        guard case .matrix(let series) = value else { return [] }
        return series
    }

    @Test(arguments: [
        "topk by (x) (1, irate(m[1m]))", "bottomk by (x) (2, irate(m[1m]))", "topk without (y) (1, irate(m[1m]))",
        "topk(1, irate(m[1m]))", "sum by (x) (irate(m[1m]))", "quantile by (x) (0.5, irate(m[1m]))",
        "limitk by (x) (1, irate(m[1m]))", "count_values by (x) (\"v\", irate(m[1m]))",
    ])
    func `a group whose series have no result leaves the others as they are`(text: String) throws {
        let series = try Self.matrix(text)
        #expect(series.count == 1, "\(series)")
        #expect(series.first?.values.allSatisfy { $0 == 1 } == true)
        #expect(series.first?.timestamps.count == 20)
        let instant = try Self.engine().instant(try Parser.parse(text, options: .everything), at: 300_000).value
        guard case .vector(let samples) = instant else { return }
        #expect(samples.map(\.value) == [1])
    }

    @Test(arguments: [
        "(m{x=\"b\"} < 100) or m{x=\"b\"}", "(m{x=\"b\"} > 100) or (m{x=\"b\"} < 50) or m{x=\"b\"}",
        "(m{x=\"b\"} < 100) or on (x) m{x=\"b\"}",
    ])
    func `the sides of or that take turns with a series make one of it`(text: String) throws {
        let series = try Self.matrix(text)
        #expect(series.map(\.labels) == [try Parser.parseLabels("m{x=\"b\"}")])
        #expect(series.first?.values == (0...20).map { Double($0) * 15 })
        // A window that reads the result sees one series too.
        let counts = try Self.matrix("count_over_time((\(text))[1m:15s])")
        #expect(counts.count == 1 && counts.first?.values.last == 4, "\(counts)")
    }
}
