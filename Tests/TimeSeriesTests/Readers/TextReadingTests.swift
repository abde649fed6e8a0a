import Exposition
import Foundation
import TestSupport
import Testing
import TimeSeries

/// The reader has ways of its own for lines whose series it knows; they must find what the parser finds.
@Suite struct TextReadingTests {
    private static let series = [
        "a", "a{}", "a{x=\"1\"}", "a{x=\"1\",y=\"2\"}", "a{y=\"2\",x=\"1\"}", "b{x=\"} 1 2\"}", "b{x=\"\\\"\\\\ 1\"}",
        "{\"c.d\",x=\"\u{e9}\"}", "a {x=\"1\"}", "b{x=\"1 \"}", "long{path=\"/\(String(repeating: "p", count: 200))\"}",
    ]
    private static let values = [
        "0", "1", "12345678901234", "1.5", "0.001", ".5", "5.", "-3", "+4", "1e3", "1.25e-7", "NaN", "+Inf", "-Inf",
        "3.141592653589793", "123456789.123456789", "9007199254740993", "1.7976931348623157e308", "0x1", "1_0", "..",
        ".", "-", "1.2.3", "",
    ]

    private static func line(_ random: inout SeededGenerator, isOpenMetrics: Bool) -> String {
        let series = series[random.int(0...(series.count - 1))]
        let value = random.oneIn(2) ? "\(random.int(0...100_000))" : values[random.int(0...(values.count - 1))]
        let millis = random.int(0...3000)
        var time = isOpenMetrics ? "\(Double(millis) / 1000)" : "\(millis)"
        switch random.int(0...30) {
        case 0: time = "-1.5"
        case 1: time = "1e1"
        case 2: time = isOpenMetrics ? "1.0005" : "1.0"
        case 3: time = isOpenMetrics ? "3 # {t=\"x y\"} 1 2" : "3 "
        case 4: return "\(series)  \(value) \(time)"
        case 5: return "\(series) \(value)"
        case 6: return "# HELP a b"
        case 7: return " \(series)\t\(value) \(time)"
        default: break
        }
        return "\(series) \(value) \(time)"
    }

    /// What the parser reads, the later of two samples of one time; or its error.
    private static func expected(_ text: String, isOpenMetrics: Bool) -> Result<[Labels: [Int64: Double]], ReaderError>
    {
        var found: [Labels: [Int64: Double]] = [:]
        do {
            let mode: ExpositionParser.Mode = isOpenMetrics ? .openMetricsSyntax : .prometheusText
            for case .sample(let one) in try ExpositionParser.parse(Array(text.utf8), mode: mode) {
                let labels = Labels(one.labels.map { ($0.name, $0.value) } + [("__name__", one.name)])
                found[labels, default: [:]][one.timestampMillis ?? 7] = one.value
            }
            return .success(found)
        } catch {
            return .failure(ReaderError(path: "", message: "\(error)"))
        }
    }

    @Test(arguments: [true, false])
    func `what the reader takes in is what the parser reads`(isOpenMetrics: Bool) throws {
        var random = SeededGenerator.forTest(seed: 31)
        let folder = try TemporaryDirectory()
        var errors = 0
        for _ in 0..<600 {
            let ending = isOpenMetrics ? "# EOF\n" : ""
            let lines = (0...random.int(0...20)).map { _ in Self.line(&random, isOpenMetrics: isOpenMetrics) }
            let text = lines.map { $0 + "\n" }.joined() + ending
            let path = try folder.write(text, to: "data")
            let store = SeriesStore()
            var options = ReaderOptions()
            options.format = isOpenMetrics ? .openmetrics : .prometheus
            switch Self.expected(text, isOpenMetrics: isOpenMetrics) {
            case .success(let series):
                try OpenMetricsReader.load(path: path, into: store, defaultMillis: 7, options: options)
                let found = store.select([], from: .min, through: .max)
                #expect(found.count == series.count, "\(text)")
                for one in found {
                    let samples = (series[one.labels] ?? [:]).sorted { $0.key < $1.key }
                    #expect(one.timestamps == samples.map(\.key), "\(text)")
                    #expect(one.values.map(\.description) == samples.map(\.value.description), "\(text)")
                }
            case .failure(let error):
                errors += 1
                let thrown = #expect(throws: ReaderError.self) {
                    try OpenMetricsReader.load(path: path, into: store, defaultMillis: 7, options: options)
                }
                #expect(thrown?.message == error.message, "\(text)")
            }
            #expect(store.brokenInvariants.isEmpty)
        }
        #expect(errors > 20 && errors < 580)
    }

    @Test func `gzip is read like what was packed, also in several members`() throws {
        let folder = try TemporaryDirectory()
        let text = (0..<50_000).map { "a{x=\"\($0 % 7)\"} \($0) \($0).5\n" }.joined() + "# EOF\n"
        let half = text.utf8.count / 2
        let packed = try Self.gzip(Array(text.utf8.prefix(half))) + Self.gzip(Array(text.utf8.dropFirst(half)))
        let path = folder.file("a.om.gz")
        try Data(packed).write(to: URL(fileURLWithPath: path))
        let (store, plain) = (SeriesStore(), SeriesStore())
        try OpenMetricsReader.load(path: path, into: store)
        try OpenMetricsReader.load(path: try folder.write(text, to: "a.om"), into: plain)
        #expect(store.sampleCount == 50_000)
        #expect(store.select([], from: 0, through: .max) == plain.select([], from: 0, through: .max))
        for damaged in [Array(packed.dropLast(20)), packed.prefix(200) + [0xff] + packed.dropFirst(201)] {
            try Data(damaged).write(to: URL(fileURLWithPath: path))
            let error = #expect(throws: ReaderError.self) {
                try OpenMetricsReader.load(path: path, into: SeriesStore())
            }
            #expect(error?.message.contains("gzip data") == true)
        }
    }

    private static func gzip(_ bytes: [UInt8]) throws -> [UInt8] {
        var packed: [UInt8] = []
        let stream = try GzipStream()
        try bytes.withUnsafeBytes { try stream.write($0) { packed.append(contentsOf: $0) } }
        try stream.finish { packed.append(contentsOf: $0) }
        return packed
    }

    @Test func `a sample without a time is an error that names its line`() throws {
        let folder = try TemporaryDirectory()
        let path = try folder.write("a{x=\"1\"} 1 1000\na{x=\"1\"} 1\n", to: "a.prom")
        let error = #expect(throws: ReaderError.self) { try OpenMetricsReader.load(path: path, into: SeriesStore()) }
        #expect(error?.description == "\(path):2:1: the sample of a has no timestamp")
    }

    @Test func `series scraped together share their column of times`() throws {
        let folder = try TemporaryDirectory()
        let text = (0..<200).map { "a{x=\"1\"} 1 \($0)000\n" }.joined() + (0..<200).map { "b 1 \($0)000\n" }.joined()
        let store = SeriesStore()
        try OpenMetricsReader.load(path: try folder.write(text, to: "a.prom"), into: store)
        let columns = store.select([], from: .min, through: .max).map { one in
            one.timestamps.withUnsafeBufferPointer { UInt(bitPattern: $0.baseAddress) }
        }
        #expect(columns.count == 2 && columns[0] == columns[1])
    }

    @Test func `the limit on samples holds while text is read`() throws {
        let folder = try TemporaryDirectory()
        let path = try folder.write((0..<20).map { "a 1 \($0)000\n" }.joined(), to: "a.prom")
        #expect(throws: SeriesStoreError.tooManySamples(limit: 10)) {
            try OpenMetricsReader.load(path: path, into: SeriesStore(limits: SeriesStoreLimits(maxSamples: 10)))
        }
    }

    @Test func `the limit on series holds while text is read`() throws {
        let folder = try TemporaryDirectory()
        let path = try folder.write((0..<20).map { "a\($0) 1 1000\n" }.joined() + "{broken", to: "a.prom")
        #expect(throws: SeriesStoreError.tooManySeries(limit: 10)) {
            try OpenMetricsReader.load(path: path, into: SeriesStore(limits: SeriesStoreLimits(maxSeries: 10)))
        }
    }

    @Test func `an empty file among recorded scrapes is a failed scrape`() throws {
        let folder = try TemporaryDirectory()
        try folder.write("a 1\nb 1 900\n", to: "m-1700000000.txt")
        try folder.write("", to: "m-1700000015.txt")
        try folder.write("a 3\n", to: "m-1700000030.txt")
        try folder.write("x", to: "README")
        let store = SeriesStore()
        var warnings: [String] = []
        #expect(try RecordedScrapes.load(folder: folder.path, into: store) { warnings.append($0) } == 3)
        #expect(warnings.count == 3 && warnings[1].contains("all series end: m-1700000015.txt"))
        let series = store.select([], from: 0, through: .max)
        #expect(series.map(\.labels.description) == ["a", "b", "up"])
        #expect(series[0].values.map(\.isStaleMarker) == [false, true, false])
        #expect(series[1].timestamps == [900])
        #expect(series[2].values == [1, 0, 1])
    }
}
