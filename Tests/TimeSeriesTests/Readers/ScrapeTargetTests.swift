import TestSupport
import Testing
import TimeSeries

@Suite struct ScrapeTargetTests {
    /// Two targets, of which only one has `b`, three seconds apart.
    private static func folder() throws -> TemporaryDirectory {
        let folder = try TemporaryDirectory()
        for time in [1_700_000_000, 1_700_000_015] {
            try folder.write("a 1\nb{instance=\"x\"} 1\n", to: "node1-\(time).prom")
            try folder.write("a 2\n", to: "node2-\(time + 3).prom.gz")
        }
        return folder
    }

    @Test func `files of two targets are refused, unless a label tells them apart`() throws {
        let folder = try Self.folder()
        let store = SeriesStore()
        let error = #expect(throws: ReaderError.self) { try RecordedScrapes.load(folder: folder.path, into: store) }
        #expect(error?.message.contains("2 targets, but a folder is one target: 'node1', 'node2'") == true)
        #expect(store.seriesCount == 0)
        var options = ReaderOptions()
        options.targetLabel = "instance"
        #expect(try RecordedScrapes.load(folder: folder.path, into: store, options: options) == 4)
        let series = store.select([], from: .min, through: .max)
        #expect(
            series.map(\.labels.description) == [
                "a{instance=\"node1\"}", "a{instance=\"node2\"}", "b{instance=\"x\"}", "up{instance=\"node1\"}",
                "up{instance=\"node2\"}",
            ])
        #expect(series.allSatisfy { $0.values.allSatisfy { !$0.isStaleMarker } && $0.count == 2 })
    }

    @Test(arguments: [
        ["m-1-1700000000.prom", "m-2-1700000015.prom"], ["1700000000.prom", "1700000015.prom.gz", "1700000030.om"],
        ["1700000000-m", "m.1700000015.txt"],
    ])
    func `names that differ otherwise are of one target`(names: [String]) throws {
        let folder = try TemporaryDirectory()
        for name in names { try folder.write("a 1\n", to: name) }
        #expect(try RecordedScrapes.load(folder: folder.path, into: SeriesStore()) == names.count)
    }

    @Test func `two scrapes of one time are said, and so are texts that are cut`() throws {
        let folder = try TemporaryDirectory()
        for name in ["m-1700000000.prom", "m-2023-11-14T22:13:20Z.prom"] { try folder.write("a 1\nb 12", to: name) }
        var warnings: [String] = []
        try RecordedScrapes.load(folder: folder.path, into: SeriesStore()) { warnings.append($0) }
        #expect(
            warnings == [
                "\(folder.path): of the time of another scrape, whose samples they replace: m-2023-11-14T22:13:20Z.prom",
                "\(folder.path)/m-1700000000.prom:2:1: the last line has no line feed at its end: it is cut off and left "
                    + "out (and the like in 1 more files)",
            ])
    }

    @Test func `labels are added where they lack`() throws {
        let folder = try TemporaryDirectory()
        let path = try folder.write("a 1 1700000000000\na{job=\"own\"} 1 1700000000000\n", to: "a.prom")
        var options = ReaderOptions()
        options.labels = [("job", "given"), ("zone", "z")]
        let store = SeriesStore()
        try OpenMetricsReader.load(path: path, into: store, options: options)
        #expect(
            store.select([], from: .min, through: .max).map(\.labels.description)
                == ["a{job=\"given\", zone=\"z\"}", "a{job=\"own\", zone=\"z\"}"])
    }
}
