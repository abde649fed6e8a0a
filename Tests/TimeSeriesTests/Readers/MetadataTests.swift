import TestSupport
import Testing
import TimeSeries

@Suite struct MetadataTests {
    private static let text = """
        # TYPE work_seconds counter
        # UNIT work_seconds seconds
        work_seconds_total{a="1"} 5 1700000060
        work_seconds_created{a="1"} 1700000030.5 1700000060
        work_seconds_total{a="1"} 6 1700000120
        work_seconds_created{a="1"} 1700000030.5 1700000120
        work_seconds_total{a="1"} 1 1700000180
        work_seconds_created{a="1"} 1700000150 1700000180
        work_seconds_total{a="1"} 2 1700000240
        # TYPE load histogram
        load_bucket{le="1"} 1 1700000060
        load_bucket{le="+Inf"} 1 1700000060
        load_count 1 1700000060
        load_sum 1 1700000060
        load_created 1700000001 1700000060
        # TYPE free gauge
        free{__type__="mine"} 1 1700000060
        free_created 1 1700000060
        # TYPE odd unknown
        odd 1 1700000060
        # EOF

        """

    private static func series(_ change: (inout ReaderOptions) -> Void) throws -> [Series] {
        let folder = try TemporaryDirectory()
        let store = SeriesStore()
        var options = ReaderOptions()
        change(&options)
        try OpenMetricsReader.load(path: try folder.write(text, to: "data.om"), into: store, options: options)
        #expect(store.brokenInvariants.isEmpty)
        return store.select([], from: .min, through: .max)
    }

    @Test func `without the options metadata change nothing`() throws {
        let series = try Self.series { _ in }
        #expect(series.count == 10 && series.allSatisfy { $0.startTimestamps == nil })
        #expect(series.map(\.labels.metricName).filter { $0.hasSuffix("_created") }.count == 3)
    }

    @Test func `created samples become start timestamps`() throws {
        let series = try Self.series { $0.readsStartTimestamps = true }
        #expect(
            series.map(\.labels.description) == [
                "free{__type__=\"mine\"}", "free_created", "load_bucket{le=\"+Inf\"}", "load_bucket{le=\"1\"}",
                "load_count",
                "load_sum", "odd", "work_seconds_total{a=\"1\"}",
            ])
        let work = try #require(series.last)
        #expect(
            work.startTimestamps?.expanded(count: 4) == [
                1_700_000_030_500, 1_700_000_030_500, 1_700_000_150_000, 1_700_000_150_000,
            ])
        for one in series where one.labels.metricName.hasPrefix("load") {
            #expect(one.startTimestamps?.expanded(count: 1) == [1_700_000_001_000])
        }
        #expect(series[0].startTimestamps == nil && series[1].values == [1])
    }

    @Test func `types and units become labels`() throws {
        let series = try Self.series { $0.addsTypeAndUnitLabels = true }
        let labels = series.map(\.labels.description)
        #expect(labels.contains("work_seconds_total{__type__=\"counter\", __unit__=\"seconds\", a=\"1\"}"))
        #expect(labels.contains("load_bucket{__type__=\"histogram\", le=\"1\"}"))
        #expect(
            labels.contains("free{__type__=\"gauge\"}") && labels.contains("odd") && labels.contains("free_created"))
    }

    @Test func `both options together, and in pieces of any size`() throws {
        var options = ReaderOptions()
        options.readsStartTimestamps = true
        options.addsTypeAndUnitLabels = true
        for size in [1, 7, 100, 4096] {
            let store = SeriesStore()
            try OpenMetricsReader.load(bytes: Array(Self.text.utf8), pieceBytes: size, into: store, options: options)
            let series = store.select([], from: .min, through: .max)
            #expect(series.filter { $0.startTimestamps != nil }.count == 5 && series.count == 8)
        }
    }

    @Test func `metadata hold from their line on, wherever the text is cut`() throws {
        let text = "a 1 7\n# TYPE a counter\na 2 8\n# TYPE b gauge\nb 1 8\na 3 9\n# TYPE a gauge\na 4 10\n# EOF\n"
        var options = ReaderOptions()
        options.addsTypeAndUnitLabels = true
        for size in 1...text.utf8.count {
            let store = SeriesStore()
            try OpenMetricsReader.load(bytes: Array(text.utf8), pieceBytes: size, into: store, options: options)
            let series = store.select([], from: .min, through: .max)
            #expect(
                series.map(\.labels.description) == [
                    "a", "a{__type__=\"counter\"}", "a{__type__=\"gauge\"}", "b{__type__=\"gauge\"}",
                ])
            #expect(series.map(\.values) == [[1], [2, 3], [4], [1]])
        }
    }
}
