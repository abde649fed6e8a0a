import Foundation
import TestSupport
import Testing
import TimeSeries

@Suite struct BlockTests {
    private static func labels(_ name: String, _ x: String) -> Labels { Labels([("__name__", name), ("x", x)]) }

    /// Times with the distances that the encodings have cases for.
    private static func times(_ count: Int, _ random: inout SeededGenerator) -> [Int64] {
        var (time, out): (Int64, [Int64]) = (Int64(random.int(-5_000_000...1_700_000_000)), [])
        for _ in 0..<count {
            out.append(time)
            let far = [1, 14_000, 15_001, 100_000, 2_000_000, 5_000_000_000]
            time += random.oneIn(4) ? Int64(far[random.int(0...5)]) : 15_000
        }
        return out
    }

    private static func value(_ random: inout SeededGenerator, after last: Double) -> Double {
        switch random.int(0...9) {
        case 0: last
        case 1: .nan
        case 2: -.infinity
        case 3: staleMarker
        case 4: Double(bitPattern: random.next())
        case 5: Double.random(in: -1...1, using: &random)
        default: (last.isFinite ? last : 0) + Double(random.int(0...20))
        }
    }

    private static func numbers(_ count: Int, _ random: inout SeededGenerator) -> [ChunkEncoder.Sample] {
        var last = 0.0
        return times(count, &random).map { time in
            last = value(&random, after: last)
            return (time, last.isHistogramMarker ? 1 : last)
        }
    }

    private static func folder(_ writer: BlockWriter) throws -> BlockFolder {
        try BlockFolder(
            path: "b", meta: Array(writer.meta.utf8), index: writer.index, segments: [writer.segment],
            tombstones: writer.tombstoneBytes)
    }

    @Test func `numbers come back bit by bit from both encodings, start timestamps included`() throws {
        var random = SeededGenerator.forTest(seed: 41)
        for round in 0..<300 {
            let samples = Self.numbers(random.int(1...200), &random)
            var starts = samples.map { _ in Int64(0) }
            if round % 3 > 0 {
                var start = samples[0].time - 1000
                starts = samples.map { sample in
                    if random.oneIn(30) { start = sample.time - Int64(random.int(0...70_000)) }
                    return start
                }
            }
            if round % 6 == 1 { starts[0] = 0 }
            var writer = BlockWriter()
            writer.add(Self.labels("a", "1"), [ChunkEncoder.xor(samples)])
            writer.add(Self.labels("b", "1"), [ChunkEncoder.xor2(samples, starts: starts)])
            let found = try Self.folder(writer).select([], from: .min, through: .max)
            #expect(found.map(\.labels.metricName) == ["a", "b"])
            for one in found {
                #expect(one.timestamps == samples.map(\.time))
                #expect(one.values.map(\.bitPattern) == samples.map(\.value.bitPattern))
            }
            #expect(found[0].startTimestamps == nil)
            #expect(samples.indices.map { found[1].startTimestamps?[$0] ?? 0 } == starts)
        }
    }

    @Test func `samples of a chunk without start timestamps have none, whatever the chunk before says`() throws {
        let samples = (0..<30).map { (time: Int64($0) * 1000 + 5000, value: Double($0)) }
        func part(_ places: Range<Int>) -> [ChunkEncoder.Sample] { Array(samples[places]) }
        var writer = BlockWriter()
        writer.add(
            Self.labels("a", "1"),
            [
                ChunkEncoder.xor2(part(0..<10), starts: Array(repeating: 7, count: 10)),
                ChunkEncoder.xor(part(10..<20)),
                ChunkEncoder.xor2(part(20..<30), starts: Array(repeating: 7, count: 10)),
            ])
        let found = try Self.folder(writer).select([], from: .min, through: .max)
        let starts = samples.indices.map { (10..<20).contains($0) ? Int64(0) : 7 }
        #expect(found.count == 1 && found[0].startTimestamps?.expanded(count: 30) == starts)
    }

    @Test func `long chunks come back, however far apart they begin`() throws {
        var random = SeededGenerator.forTest(seed: 45)
        let samples = (0..<8000).map { place in
            (time: Int64(place) * 1000, value: Double.random(in: -1...1, using: &random))
        }
        let parts = [0..<3000, 3000..<3010, 3010..<6000, 6000..<6500, 6500..<8000]
        var writer = BlockWriter()
        writer.add(Self.labels("a", "1"), parts.map { ChunkEncoder.xor(Array(samples[$0])) })
        let found = try Self.folder(writer).select([], from: .min, through: .max)
        #expect(found.count == 1 && found[0].values == samples.map(\.value))
        #expect(found[0].timestamps == samples.map(\.time))
    }

    private static func layout(_ random: inout SeededGenerator, isCustom: Bool) -> FloatHistogram {
        func buckets(_ range: ClosedRange<Int>) -> [FloatHistogram.IndexedCount] {
            var indices = Set<Int>()
            for _ in 0..<random.int(0...20) { indices.insert(random.int(range)) }
            return indices.sorted().map { FloatHistogram.IndexedCount(index: Int32($0), count: 0) }
        }
        if isCustom {
            var bounds = Set([1.5, 0.001, 33_554.43, -3, 1e9, 0.1 + 0.2])
            for _ in 0..<5 { bounds.insert(Double(random.int(0...1_000_000)) / 1000) }
            return FloatHistogram(
                schema: FloatHistogram.customSchema, positive: buckets(0...bounds.count), customBounds: bounds.sorted())
        }
        return FloatHistogram(
            schema: Int32(random.int(-4...8)), zeroThreshold: [0, 0.001, 0.25, 0x1p-128][random.int(0...3)],
            positive: buckets(-300...300), negative: buckets(-5...40))
    }

    private static func grow(_ histogram: FloatHistogram, isFloat: Bool, _ random: inout SeededGenerator)
        -> FloatHistogram
    {
        var next = histogram
        func more() -> Double { isFloat ? Double.random(in: 0...3, using: &random) : Double(random.int(0...9)) }
        for place in next.positive.indices { next.positive[place].count += more() }
        for place in next.negative.indices { next.negative[place].count += more() }
        if !next.usesCustomBounds { next.zeroCount += more() }
        next.count = next.zeroCount + (next.positive + next.negative).reduce(0) { $0 + $1.count }
        next.sum += Double.random(in: -5...5, using: &random)
        return next
    }

    @Test(arguments: [true, false])
    func `native histograms come back, whole and floating point, custom bounds included`(isFloat: Bool) throws {
        var random = SeededGenerator.forTest(seed: 43)
        for round in 0..<120 {
            var current = Self.layout(&random, isCustom: round % 3 == 0)
            var samples: [(time: Int64, value: FloatHistogram?)] = []
            for time in Self.times(random.int(2...30), &random) {
                current = Self.grow(current, isFloat: isFloat, &random)
                samples.append((time, samples.count > 1 && random.oneIn(8) ? nil : current))
            }
            let flags: UInt8 = [0b00, 0b01, 0b10, 0b11][round % 4]
            let start = samples[0].time - 5000
            var writer = BlockWriter()
            writer.add(Self.labels("a", "1"), [ChunkEncoder.histograms(samples, isFloat: isFloat, flags: flags)])
            writer.add(
                Self.labels("b", "1"),
                [ChunkEncoder.histograms(samples, isFloat: isFloat, flags: flags, starts: samples.map { _ in start })])
            let found = try Self.folder(writer).select([], from: .min, through: .max)
            #expect(found.count == 2 && found[0].startTimestamps == nil && found[1].startTimestamps?[0] == start)
            for one in found {
                #expect(one.timestamps == samples.map(\.time))
                for (place, sample) in samples.enumerated() {
                    #expect(one.histogram(at: place) == sample.value)
                    if sample.value == nil { #expect(one.values[place].isStaleMarker) }
                }
                #expect(one.histogram(at: 1)?.hint == (flags == 0b11 ? .gauge : .notReset))
            }
        }
    }

    @Test func `matchers and spans select what they select in a store`() throws {
        var random = SeededGenerator.forTest(seed: 44)
        let store = SeriesStore()
        var writer = BlockWriter()
        for name in ["a", "b", "c"] {
            for x in ["", "1", "2", "33"] {
                let first = Self.numbers(random.int(1...50), &random)
                var second = Self.numbers(random.int(1...50), &random)
                second = second.enumerated().map { (first[first.count - 1].time + 1 + Int64($0) * 15_000, $1.value) }
                writer.add(Self.labels(name, x), [ChunkEncoder.xor(first), ChunkEncoder.xor(second)])
                for sample in first + second { try store.append(Self.labels(name, x), at: sample.time, sample.value) }
            }
        }
        let folder = try Self.folder(writer)
        #expect(folder.labelValues(of: "x") == ["1", "2", "33"])
        #expect(try folder.timeSpan() == store.timeSpan)
        let choices: [[LabelMatcher]] = [
            [], [LabelMatcher(name: "__name__", equal: "a")], [LabelMatcher(name: "x", equal: "")],
            [LabelMatcher(name: "x", equal: "", negated: true)], [LabelMatcher(name: "y", equal: "")],
            [LabelMatcher(name: "y", equal: "1")], [LabelMatcher(name: "x", equal: "2", negated: true)],
            [LabelMatcher(name: "x", pattern: ".*3|1") { $0.hasSuffix("3") || $0 == "1" }],
            [LabelMatcher(name: "__name__", equal: "b"), LabelMatcher(name: "x", pattern: ".*") { _ in true }],
        ]
        for matchers in choices {
            for _ in 0..<20 {
                let middle = Int64(random.int(-5_000_000...1_702_000_000))
                for (from, through) in [(Int64.min, Int64.max), (middle, middle + 400_000), (.min, middle)] {
                    let (found, expected) = (
                        try folder.select(matchers, from: from, through: through),
                        store.select(matchers, from: from, through: through)
                    )
                    #expect(found.map(\.labels) == expected.map(\.labels))
                    #expect(found.map(\.timestamps) == expected.map(\.timestamps))
                    #expect(found.map { $0.values.map(\.bitPattern) } == expected.map { $0.values.map(\.bitPattern) })
                }
            }
        }
    }

    @Test func `what tombstones name is gone`() throws {
        let samples = (0..<100).map { (time: Int64($0) * 1000, value: Double($0)) }
        var writer = BlockWriter()
        writer.add(Self.labels("a", "1"), [ChunkEncoder.xor(samples)])
        writer.add(Self.labels("b", "1"), [ChunkEncoder.xor(samples)])
        writer.add(Self.labels("c", "1"), [ChunkEncoder.xor(samples)])
        let numbers = writer.numbers()
        writer.delete(numbers[0], 10_000...20_000)
        writer.delete(numbers[0], 90_500 ... .max)
        writer.delete(numbers[1], .min ... .max)
        let found = try Self.folder(writer).select([], from: .min, through: .max)
        #expect(found.map(\.labels.metricName) == ["a", "c"])
        let kept = (0..<91).filter { !(10...20).contains($0) }
        #expect(found[0].values == kept.map { Double($0) })
        #expect(found[1].count == 100)
    }

    @Test func `blocks that overlap become one series, in which the block that begins later wins`() throws {
        let data = try TemporaryDirectory("data")
        for (name, start, value) in [("01B", 0, 1.0), ("01A", 50, 2.0), ("01C", 200, 3.0)] {
            var writer = BlockWriter()
            let samples = (start..<(start + 100)).map { (time: Int64($0) * 1000, value: value) }
            writer.add(Self.labels("a", "1"), [ChunkEncoder.xor(samples)])
            let histogram = FloatHistogram(count: value, positive: [.init(index: 1, count: value)])
            writer.add(
                Self.labels("h", "1"), [ChunkEncoder.histograms([(Int64(start), histogram)], isFloat: false)])
            try writer.write(to: data.file(name))
        }
        try data.write("", to: "wal/00000000")
        try data.write("{}", to: "01D.tmp-for-creation/meta.json")
        let folder = try BlockFolder(path: data.path)
        #expect(folder.blockCount == 3 && folder.hasWriteAheadLog && BlockFolder.isOne(data.path))
        let found = try folder.select([], from: .min, through: .max)
        let times = Array(0..<150) + Array(200..<300)
        let values = (0..<250).map { (place: Int) -> Double in place < 50 ? 1 : place < 150 ? 2 : 3 }
        #expect(found.count == 2 && found[0].timestamps == times.map { Int64($0) * 1000 })
        #expect(found[0].values == values)
        #expect(found[1].histograms?.samples.map(\.value.count) == [1, 2, 3])
        #expect(try BlockFolder(path: data.file("01C")).select([], from: 0, through: 250_000)[0].count == 51)
        try FileManager.default.removeItem(atPath: data.file("01C/meta.json"))
        #expect(try BlockFolder(path: data.path).blockCount == 2)
    }

    @Test(
        .enabled(if: Tool.path(of: "promtool") != nil), arguments: [1 as UInt64, 2])
    func `blocks that promtool writes hold what the text says`(seed: UInt64) throws {
        var random = SeededGenerator.forTest(seed: seed)
        let folder = try TemporaryDirectory("promtool")
        var text = "# TYPE a gauge\n"
        for series in 0..<20 {
            let samples = Self.numbers(random.int(1...700), &random).filter { !$0.value.isStaleMarker }
            for (place, sample) in samples.enumerated() {
                let seconds = 1_700_000_000 + Double(place * 15) + Double(random.int(0...14_999)) / 1000
                let value = sample.value.isNaN ? "NaN" : sample.value.isInfinite ? "-Inf" : "\(sample.value)"
                text += "a{s=\"\(series)\",n=\"x\\\"y\\\\\u{e9}\"} \(value) \(seconds)\n"
            }
        }
        let path = try folder.write(text + "# EOF\n", to: "data.om")
        let promtool = try #require(Tool.path(of: "promtool"))
        let run = try ChildProcess.run(
            promtool, ["tsdb", "create-blocks-from", "openmetrics", path, folder.file("blocks")])
        #expect(run.status == 0, "\(run.error)")
        let store = SeriesStore()
        try OpenMetricsReader.load(path: path, into: store)
        let expected = store.select([], from: .min, through: .max)
        let blocks = try BlockFolder(path: folder.file("blocks"))
        let found = try blocks.select([], from: .min, through: .max)
        #expect(blocks.blockCount > 1)
        #expect(found.map(\.labels) == expected.map(\.labels))
        #expect(found.map(\.timestamps) == expected.map(\.timestamps))
        #expect(found.map { $0.values.map(\.description) } == expected.map { $0.values.map(\.description) })
    }
}
