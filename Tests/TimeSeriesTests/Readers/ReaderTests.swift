import Exposition
import Foundation
import TestSupport
import Testing
import TimeSeries

@Suite struct ReaderTests {
    private static func write(_ text: String, _ path: String) throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    }

    @Test func `an OpenMetrics file is read in seconds and a Prometheus text in milliseconds`() throws {
        let folder = try TemporaryDirectory()
        try Self.write(
            "# TYPE a counter\na_total{x=\"1\"} 1 1.5\na_total{x=\"1\"} 2 2.5\n# EOF\n", folder.path + "/a.om")
        try Self.write("b{x=\"1\"} 2 2500\nb{x=\"1\"} 1 1500\n", folder.path + "/b.prom")
        let store = SeriesStore()
        try OpenMetricsReader.load(path: folder.path + "/a.om", into: store, extra: [("job", "j")])
        try OpenMetricsReader.load(path: folder.path + "/b.prom", into: store)
        let series = store.select([], from: 0, through: 10_000)
        #expect(series.map(\.labels.description) == ["a_total{job=\"j\", x=\"1\"}", "b{x=\"1\"}"])
        #expect(series.map(\.timestamps) == [[1500, 2500], [1500, 2500]])
        #expect(series.map(\.values) == [[1, 2], [1, 2]])
    }

    @Test func `series whose labels Unicode calls equal stay apart`() throws {
        let folder = try TemporaryDirectory()
        try Self.write("a{x=\"\u{e9}\"} 1 1000\na{x=\"e\u{301}\"} 2 1000\n", folder.path + "/a.prom")
        let store = SeriesStore()
        try OpenMetricsReader.load(path: folder.path + "/a.prom", into: store)
        #expect(store.seriesCount == 2 && store.labelValues(of: "x").count == 2)
        let matcher = LabelMatcher(name: "x", equal: "\u{e9}")
        #expect(store.select([matcher], from: 0, through: 2000).map(\.values) == [[1]])
    }

    @Test func `a text that begins like a length and a name is text`() {
        let text = "#\n " + String(repeating: "a", count: 32) + "{x=\"1\"} 2\n"
        #expect(ExpositionFile.format(beginning: Array(text.utf8.prefix(128)), ending: []) == .prometheusText004)
    }

    @Test func `what cannot be read says where`() throws {
        let folder = try TemporaryDirectory()
        try Self.write("a 1 1000\nb{ 1\n", folder.path + "/bad.prom")
        try Self.write("a 1\n", folder.path + "/timeless.prom")
        let store = SeriesStore()
        let bad = #expect(throws: ReaderError.self) {
            try OpenMetricsReader.load(path: folder.path + "/bad.prom", into: store)
        }
        #expect(bad?.description.contains("bad.prom:2:") == true)
        let timeless = #expect(throws: ReaderError.self) {
            try OpenMetricsReader.load(path: folder.path + "/timeless.prom", into: store)
        }
        #expect(timeless?.message.contains("no timestamp") == true)
        #expect(throws: ReaderError.self) { try OpenMetricsReader.load(path: folder.path + "/none", into: store) }
        #expect(store.seriesCount == 0)
    }

    @Test func `what is no metrics is told as what it is`() throws {
        let folder = try TemporaryDirectory()
        try Self.write("<html><body>Sign in</body></html>", folder.path + "/scrape-1700000000.prom")
        let store = SeriesStore()
        let file = #expect(throws: ReaderError.self) {
            try OpenMetricsReader.load(path: folder.path + "/scrape-1700000000.prom", into: store)
        }
        #expect(
            file?.description
                == "\(folder.path)/scrape-1700000000.prom: this is an HTML page, not metrics; is the path right?")
        let scrapes = #expect(throws: ReaderError.self) { try RecordedScrapes.load(folder: folder.path, into: store) }
        #expect(scrapes == file)
    }

    @Test func `recorded scrapes carry up and end series that vanish`() throws {
        let folder = try TemporaryDirectory()
        try Self.write("a 1\nb 1\n", folder.path + "/scrape-1700000000.prom")
        try Self.write("a 2\n", folder.path + "/scrape-2023-11-14T22:13:35Z.prom")
        try Self.write("ignored 1\n", folder.path + "/README")
        let store = SeriesStore()
        let count = try RecordedScrapes.load(folder: folder.path, into: store, extra: [("job", "gw")])
        #expect(count == 2)
        let series = store.select([], from: 0, through: Int64.max)
        #expect(series.map(\.labels.metricName) == ["a", "b", "up"])
        #expect(series[0].timestamps == [1_700_000_000_000, 1_700_000_015_000])
        #expect(series[1].values.last?.isStaleMarker == true)
        #expect(series[2].values == [1, 1])
        #expect(series[2].labels["job"] == "gw")
    }

    @Test(
        arguments: [
            ("m-1700000000.txt", 1_700_000_000_000), ("m-1700000000123.txt", 1_700_000_000_123),
            ("20260101T000000Z", 1_767_225_600_000), ("x_2026-01-01T00-00-01.250Z.om", 1_767_225_601_250),
            ("2026-01-01_00-00-01Z", 1_767_225_601_000), ("20260101000001Z", 1_767_225_601_000),
            ("metrics.txt", nil), ("metrics-12.txt", nil),
        ] as [(String, Int64?)])
    func `the time in a name is found`(name: String, millis: Int64?) {
        #expect(RecordedScrapes.time(in: name) == millis)
    }
}
