import Exposition
import Foundation
import TestSupport
import Testing
import TimeSeries

@Suite struct FormatTests {
    private struct Reading {
        var times: [Int64] = []
        var values: [Double] = []
        var warnings: [String] = []
        var error: String?
    }

    /// Reads a text from a file or from a pipe, whole.
    private static func read(
        _ bytes: [UInt8], pipe: Bool = false, format: DataFormat = .auto, defaultMillis: Int64? = nil
    ) throws -> Reading {
        let folder = try TemporaryDirectory()
        let path = folder.file("data")
        var writer: Thread?
        if pipe {
            #expect(mkfifo(path, 0o600) == 0)
            let thread = Thread {
                try? FileHandle(forWritingTo: URL(fileURLWithPath: path)).write(contentsOf: Data(bytes))
            }
            thread.start()
            writer = thread
        } else {
            try Data(bytes).write(to: URL(fileURLWithPath: path))
        }
        var options = ReaderOptions()
        options.format = format
        var reading = Reading()
        let store = SeriesStore()
        do {
            try OpenMetricsReader.load(path: path, into: store, defaultMillis: defaultMillis, options: options) {
                reading.warnings.append($0.replacing(folder.path + "/", with: ""))
            }
        } catch {
            reading.error = "\(error)".replacing(folder.path + "/", with: "")
        }
        _ = writer
        let series = store.select([], from: .min, through: .max)
        reading.times = series.flatMap(\.timestamps)
        reading.values = series.flatMap(\.values)
        return reading
    }

    private static func read(_ text: String, pipe: Bool = false, format: DataFormat = .auto) throws -> Reading {
        try read(Array(text.utf8), pipe: pipe, format: format)
    }

    /// More than is read ahead.
    private static let filler = String(repeating: "# HELP b \(String(repeating: "h", count: 1000))\n", count: 300)

    @Test(arguments: [false, true])
    func `OpenMetrics is read in seconds, from a file and through a pipe`(pipe: Bool) throws {
        let short = try Self.read("# TYPE a gauge\na 1 1700000000\n# EOF\n", pipe: pipe)
        #expect(short.times == [1_700_000_000_000] && short.warnings.isEmpty && short.error == nil)
        for line in ["a 1 1700000000", "a 1 7.5", "# TYPE a info\na_info 1 7", "a_bucket{le=\"1\"} 1 7 # {} 1"] {
            let long = try Self.read("\(line)\n\(Self.filler)# EOF\n", pipe: pipe)
            #expect(long.times.count == 1 && long.times[0] % 500 == 0 && long.times[0] >= 7000, "\(line) \(long)")
            #expect(long.warnings.isEmpty && long.error == nil, "\(line) \(long)")
        }
    }

    @Test(arguments: [false, true])
    func `Prometheus text is read in milliseconds, from a file and through a pipe`(pipe: Bool) throws {
        let text = "# a comment\n\na 1 1700000000123\n"
        for text in [text, text + Self.filler, Self.filler + text] {
            let reading = try Self.read(text, pipe: pipe)
            #expect(reading.times == [1_700_000_000_123] && reading.warnings.isEmpty && reading.error == nil)
        }
    }

    @Test(arguments: [false, true])
    func `OpenMetrics that is cut off is read in seconds, with a warning`(pipe: Bool) throws {
        let reading = try Self.read("# TYPE a gauge\na 1 1700000000\na 2 17000", pipe: pipe)
        #expect(reading.times == [1_700_000_000_000] && reading.values == [1])
        #expect(
            reading.warnings == [
                "data: there is no # EOF, with which OpenMetrics ends: the file is cut off in line 3, which is left out, or "
                    + "it is Prometheus text; it was read as OpenMetrics, with timestamps in seconds, for the timestamp "
                    + "1700000000 in line 2; --data-format openmetrics reads seconds, --data-format prometheus milliseconds"
            ])
        let told = try Self.read("a 1 7\n", pipe: pipe, format: .openmetrics)
        #expect(told.times == [7000])
        #expect(told.warnings == ["data: there is no # EOF, with which OpenMetrics ends: the file is cut off"])
    }

    @Test(arguments: [
        (
            "a 1 1700000000000\n# EOF\n",
            "data:1:1: the timestamp 1700000000000 looks like milliseconds, but # EOF in line 2"
        ),
        (
            "# c\na 1 1700000000\n",
            "data:2:1: the timestamp 1700000000 looks like seconds, but a comment in line 1 is only"
        ),
        (
            "a 1 1700000000\nb 1 1700000000000\n",
            "data:2:1: the timestamps 1700000000 (line 1) and 1700000000000 (line 2)"
        ),
        ("a 1 60\nb 1 1700000000\n", "data:2:1: the timestamps 1700000000 (line 2) and 60 (line 1) don't tell"),
        ("\(filler)a 1 60\n", "data:301:1: the timestamp 60, the first one of the text, may be in seconds or in mill"),
    ])
    func `times that contradict the rest are an error, unless the format is given`(text: String, start: String) throws {
        for pipe in [false, true] {
            let reading = try Self.read(text, pipe: pipe)
            #expect(reading.error?.hasPrefix(start) == true, "\(reading)")
            #expect(reading.error?.hasSuffix(TextFormatAdvice.text) == true && reading.times.isEmpty)
            let told = try Self.read(text, pipe: pipe, format: .prometheus)
            #expect(told.error == nil && told.times.allSatisfy { $0 > 0 })
            // What is told is followed, and what contradicts it said.
            #expect(told.warnings.count == (text.contains("1700000000\n") ? 1 : 0), "\(told)")
            let reason = "1700000000 was read as milliseconds for --data-format prometheus but looks like seconds"
            #expect(told.warnings.allSatisfy { $0.contains(reason) }, "\(told)")
        }
    }

    @Test func `a format that is told wrongly is said`() throws {
        let millis = try Self.read("a 1 1700000000000\n# EOF\n", format: .openmetrics)
        #expect(millis.warnings.count == 1 && millis.warnings[0].contains("looks like milliseconds"), "\(millis)")
        let marked = try Self.read("a 1 60\n# EOF\n", format: .prometheus)
        #expect(marked.times == [60])
        #expect(marked.warnings.count == 1 && marked.warnings[0].contains("ends with # EOF"), "\(marked)")
    }

    @Test(arguments: [false, true])
    func `the last line of a Prometheus text without a line feed is left out`(pipe: Bool) throws {
        let cut = try Self.read("a 1 1700000000000\nb 12 17000", pipe: pipe)
        #expect(cut.values == [1] && cut.error == nil)
        #expect(
            cut.warnings == ["data:2:1: the last line has no line feed at its end: it is cut off and left out"])
        let comment = try Self.read("a 1 1700000000000\n# the end", pipe: pipe)
        #expect(comment.values == [1] && comment.warnings.isEmpty, "\(comment)")
    }

    @Test func `a second name is refused where it stands`() throws {
        let second = try Self.read("a 1 1700000000\na{__name__=\"b\"} 1 1700000000\n# EOF\n")
        #expect(second.error == "data:2:1: the label __name__ would be a second name" && second.times.isEmpty)
    }

    private enum TextFormatAdvice {
        static let text = "--data-format openmetrics reads seconds, --data-format prometheus milliseconds"
    }

    @Test func `a pipe that turns out to be OpenMetrics at its end is an error, a file is read`() throws {
        let text = "a 1 60\n\(Self.filler)# EOF\n"
        #expect(try Self.read(text).times == [60_000])
        let piped = try Self.read(text, pipe: true)
        #expect(piped.error?.contains("ends with # EOF as OpenMetrics") == true && piped.times.isEmpty, "\(piped)")
    }

    @Test func `a time that may be either is read as milliseconds, with a warning`() throws {
        let reading = try Self.read("a 1 60\n")
        #expect(reading.times == [60] && reading.warnings.count == 1)
        #expect(reading.warnings.first?.hasPrefix("data:1:1: the timestamp 60 may be in seconds or in mill") == true)
        let late = try Self.read("a 1 1700000000000\n\(Self.filler)c 1 1700000000\n")
        #expect(late.warnings.first?.contains("1700000000 was read as milliseconds like the others but") == true)
        #expect(try Self.read("# UNIT a_seconds seconds\na_seconds 1 60\n# EOF").times == [60_000])
    }

    @Test(arguments: [false, true])
    func `gzip is unpacked from a file and through a pipe`(pipe: Bool) throws {
        let text = "a 1 1700000000\n" + (0..<40_000).map { "b{x=\"\($0)\"} \($0) 1700000001\n" }.joined() + "# EOF\n"
        var packed: [UInt8] = []
        let stream = try GzipStream()
        try Array(text.utf8).withUnsafeBytes { try stream.write($0) { packed.append(contentsOf: $0) } }
        try stream.finish { packed.append(contentsOf: $0) }
        #expect(packed.count > 1 << 16)
        let reading = try Self.read(packed, pipe: pipe)
        #expect(reading.times.count == 40_001 && reading.times.first == 1_700_000_000_000)
        #expect(reading.warnings.isEmpty && reading.error == nil)
        let cut = try Self.read(Array(packed.dropLast(9)), pipe: pipe)
        #expect(cut.error?.contains("gzip data ends in the middle") == true, "\(cut)")
    }

    @Test(
        arguments: [
            ([0x28, 0xb5, 0x2f, 0xfd, 0x24], "zstd"), ([0xff, 0xfe, 0x61, 0, 0x20, 0], "UTF-16"),
            ([0xfe, 0xff, 0, 0x61], "UTF-16"), ([0x61, 0, 0x20, 0, 0x31, 0], "UTF-16"),
        ] as [([UInt8], String)])
    func `what isn't read says what it is`(bytes: [UInt8], name: String) throws {
        #expect(try Self.read(bytes).error?.contains("this is \(name)") == true)
        #expect(try Self.read(bytes, pipe: true).error?.contains("this is \(name)") == true)
    }

    @Test func `a byte order mark and carriage returns are skipped`() throws {
        let mark = "\u{feff}"
        let text = "# TYPE a gauge\r\na{x=\"1\"} 1 1700000000\r\na{x=\"1\"} 2 1700000015\r\n# EOF\r\n"
        for text in [mark + text, text, mark + text.replacing("\r\n", with: "\n")] {
            let reading = try Self.read(text)
            #expect(reading.times == [1_700_000_000_000, 1_700_000_015_000] && reading.values == [1, 2])
            #expect(reading.warnings.isEmpty && reading.error == nil, "\(reading)")
            for size in 1...4 {
                let store = SeriesStore()
                try OpenMetricsReader.load(bytes: Array(text.utf8), pieceBytes: size, into: store)
                #expect(store.sampleCount == 2)
            }
        }
        #expect(try Self.read("a 1 1700000000000\r\n\r\n# c\r\n").times == [1_700_000_000_000])
    }

    @Test func `a file without samples says so`() throws {
        #expect(try Self.read("").warnings == ["data: the file is empty"])
        #expect(try Self.read("", pipe: true).warnings == ["data: the file is empty"])
        #expect(try Self.read("# TYPE a gauge\n# EOF\n").warnings == ["data: there are no samples in it"])
    }

    @Test func `what is skipped in a folder of scrapes is named`() throws {
        let folder = try TemporaryDirectory()
        for index in 0..<5 { try folder.write("a 1\n", to: "m-170000000\(index).txt") }
        for name in ["README", "b.txt", "c.txt", "d.txt"] { try folder.write("x", to: name) }
        try folder.write("x", to: "m-1700000009/inner")
        for index in 5..<9 { try folder.write("", to: "m-170000000\(index).txt") }
        var warnings: [String] = []
        #expect(try RecordedScrapes.load(folder: folder.path, into: SeriesStore()) { warnings.append($0) } == 9)
        #expect(
            warnings == [
                "\(folder.path): skipped without a time in the name: README, b.txt, c.txt and 1 more",
                "\(folder.path): skipped as folders: m-1700000009",
                "\(folder.path): empty files are failed scrapes, in which up is 0 and all series end: "
                    + "m-1700000005.txt, m-1700000006.txt, m-1700000007.txt and 1 more",
            ])
    }
}
