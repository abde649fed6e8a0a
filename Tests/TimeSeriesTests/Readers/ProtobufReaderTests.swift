import Exposition
import Foundation
import TestSupport
import Testing
import TimeSeries

@Suite struct ProtobufReaderTests {
    /// Writes just enough of protobuf for a page.
    private struct Message {
        var bytes: [UInt8] = []

        private static func varint(_ value: UInt64) -> [UInt8] {
            value < 0x80 ? [UInt8(value)] : [UInt8(value & 0x7f) | 0x80] + varint(value >> 7)
        }

        func integer(_ field: UInt64, _ value: UInt64) -> Message {
            Message(bytes: bytes + Message.varint(field << 3) + Message.varint(value))
        }

        func zigzag(_ field: UInt64, _ value: Int64) -> Message {
            integer(field, UInt64(bitPattern: (value << 1) ^ (value >> 63)))
        }

        func double(_ field: UInt64, _ value: Double) -> Message {
            let little = (0..<8).map { UInt8(truncatingIfNeeded: value.bitPattern >> (8 * UInt64($0))) }
            return Message(bytes: bytes + Message.varint(field << 3 | 1) + little)
        }

        func message(_ field: UInt64, _ inner: Message) -> Message {
            Message(
                bytes: bytes + Message.varint(field << 3 | 2) + Message.varint(UInt64(inner.bytes.count)) + inner.bytes)
        }

        func text(_ field: UInt64, _ text: String) -> Message { message(field, Message(bytes: Array(text.utf8))) }

        var delimited: [UInt8] { Message.varint(UInt64(bytes.count)) + bytes }
    }

    /// A counter, a histogram with classic and native buckets, and one with classic buckets only.
    private static func page(_ count: UInt64, timestampMillis: UInt64? = nil) -> [UInt8] {
        func metric(_ field: UInt64, _ value: Message, _ label: String) -> Message {
            let pair = Message().text(1, "x").text(2, label)
            let metric = Message().message(1, pair).message(field, value)
            return timestampMillis.map { metric.integer(6, $0) } ?? metric
        }
        func family(_ name: String, _ type: UInt64, _ metric: Message) -> [UInt8] {
            Message().text(1, name).integer(3, type).message(4, metric).delimited
        }
        let bucket = Message().integer(1, count).double(2, 1)
        let classic = Message().integer(1, 2 * count).double(2, 7.5).message(3, bucket)
        let span = Message().zigzag(1, -1).integer(2, 2)
        let native = classic.zigzag(5, 2).double(6, 0x1p-128).message(12, span).zigzag(13, Int64(count)).zigzag(13, 0)
        return family("a_total", 0, metric(3, Message().double(1, Double(count)), "1"))
            + family("native_seconds", 4, metric(7, native, "2"))
            + family("classic_seconds", 4, metric(7, classic, "3"))
    }

    @Test(arguments: ["page.pb", "page"])
    func `a page of protobuf gives native histograms instead of their classic series`(name: String) throws {
        let folder = try TemporaryDirectory()
        let path = folder.path + "/" + name
        try Data(Self.page(3)).write(to: URL(fileURLWithPath: path))
        let store = SeriesStore()
        try OpenMetricsReader.load(path: path, into: store, defaultMillis: 5000)
        let series = store.select([], from: 0, through: 10_000)
        #expect(
            series.map(\.labels.description) == [
                "a_total{x=\"1\"}", "classic_seconds_bucket{le=\"+Inf\", x=\"3\"}",
                "classic_seconds_bucket{le=\"1.0\", x=\"3\"}", "classic_seconds_count{x=\"3\"}",
                "classic_seconds_sum{x=\"3\"}", "native_seconds{x=\"2\"}",
            ])
        let histogram = try #require(series.last?.histogram(at: 0))
        #expect(histogram.schema == 2 && histogram.count == 6 && histogram.sum == 7.5)
        #expect(histogram.positive == [.init(index: -1, count: 3), .init(index: 0, count: 3)])
        #expect(series[0].values == [3])
    }

    @Test func `created times become start timestamps, types and units labels`() throws {
        let created = Message().integer(1, 1_700_000_000)
        let counter = Message().double(1, 7).message(3, created)
        let metric = Message().message(3, counter).integer(6, 1_700_000_060_000)
        let bucket = Message().integer(1, 1).double(2, 1)
        let histogram = Message().integer(1, 1).double(2, 0.5).message(3, bucket).message(15, created)
        let family = Message().text(1, "a_total").integer(3, 0).text(5, "bytes").message(4, metric).delimited
        let other = Message().text(1, "h").integer(3, 4)
            .message(4, Message().message(7, histogram).integer(6, 1_700_000_060_000)).delimited
        var options = ReaderOptions()
        options.format = .protobuf
        for isOn in [false, true] {
            options.readsStartTimestamps = isOn
            options.addsTypeAndUnitLabels = isOn
            let store = SeriesStore()
            try OpenMetricsReader.load(bytes: family + other, pieceBytes: 9, into: store, options: options)
            let series = store.select([], from: .min, through: .max)
            #expect(series.count == 5)
            for one in series {
                #expect(one.startTimestamps?.expanded(count: 1) == (isOn ? [1_700_000_000_000] : nil), "\(one)")
            }
            #expect(
                series[0].labels.description
                    == (isOn ? "a_total{__type__=\"counter\", __unit__=\"bytes\"}" : "a_total"))
        }
    }

    @Test func `times of their own are kept, and a cut page says where it ends`() throws {
        let folder = try TemporaryDirectory()
        let store = SeriesStore()
        try Data(Self.page(1, timestampMillis: 1234)).write(to: URL(fileURLWithPath: folder.path + "/a.pb"))
        try OpenMetricsReader.load(path: folder.path + "/a.pb", into: store)
        #expect(store.timeSpan == 1234...1234)
        try Data(Self.page(1).dropLast(3)).write(to: URL(fileURLWithPath: folder.path + "/b.pb"))
        let error = #expect(throws: ReaderError.self) {
            try OpenMetricsReader.load(path: folder.path + "/b.pb", into: store, defaultMillis: 9999)
        }
        #expect(error?.description.contains("b.pb") == true)
    }

    @Test func `a folder of recorded pages becomes series that end where a scrape lacks them`() throws {
        let folder = try TemporaryDirectory()
        for (time, count) in [(1_700_000_000, 1), (1_700_000_015, 4)] as [(Int, UInt64)] {
            try Data(Self.page(count)).write(to: URL(fileURLWithPath: folder.path + "/page-\(time).pb"))
        }
        try Data("a_total{x=\"1\"} 5\n".utf8).write(
            to: URL(fileURLWithPath: folder.path + "/page-1700000030.prom"))
        let store = SeriesStore()
        #expect(try RecordedScrapes.load(folder: folder.path, into: store) == 3)
        let series = store.select([], from: 0, through: .max)
        let native = try #require(series.first { $0.labels.metricName == "native_seconds" })
        #expect(native.histograms?.samples.map(\.value.count) == [2, 8])
        #expect(native.histograms?.samples.map(\.value.hint) == [.unknown, .notReset])
        #expect(native.values.last?.isStaleMarker == true)
        #expect(series.first { $0.labels.metricName == "a_total" }?.values == [1, 4, 5])
    }

    @Test(arguments: ["#\nname 1\n", "\n\n\n\n\n\n\n\n\n\n\n\n", "# HELP a b\n", "a 1\n", "up{x=\"\n", "", "\n", "{\n"])
    func `text is not taken for protobuf`(text: String) throws {
        let folder = try TemporaryDirectory()
        try Data(text.utf8).write(to: URL(fileURLWithPath: folder.path + "/page"))
        do {
            try OpenMetricsReader.load(path: folder.path + "/page", into: SeriesStore(), defaultMillis: 1)
        } catch let error as ReaderError {
            // The text parser says line and column, the other an offset.
            #expect(error.message.first?.isNumber == true)
        }
    }
}
