import Foundation
import TestSupport
import Testing
import TimeSeries

/// What is broken gives an error with file and offset, or a result, and never ends the process.
@Suite struct BrokenBlockTests {
    private struct Files {
        var meta: [UInt8]
        var index: [UInt8]
        var segment: [UInt8]
        var tombstones: [UInt8]

        func folder(checks: Bool = true) throws(BlockError) -> BlockFolder {
            try BlockFolder(
                path: "b", meta: meta, index: index, segments: [segment], tombstones: tombstones,
                checksChecksums: checks)
        }

        /// Reads everything; how many samples there are, or the error.
        func outcome(checks: Bool = true) -> Result<Int, BlockError> {
            do {
                let all = try folder(checks: checks).select([], from: .min, through: .max)
                return .success(all.reduce(0) { $0 + $1.count })
            } catch let error as BlockError {
                return .failure(error)
            } catch {
                return .failure(BlockError(path: "", message: "\(error)"))
            }
        }
    }

    private static func files() -> Files {
        var writer = BlockWriter()
        let samples = (0..<120).map { (time: Int64($0) * 15_000, value: Double($0 * $0 % 97)) }
        let later = (120..<240).map { (time: Int64($0) * 15_001, value: Double($0) / 7) }
        let starts = samples.map { $0.time < 600_000 ? Int64(0) : 500_000 }
        let histogram = FloatHistogram(
            schema: 2, zeroThreshold: 0.001, zeroCount: 1, count: 6, sum: 3,
            positive: [.init(index: -2, count: 1), .init(index: 4, count: 3)], negative: [.init(index: 0, count: 1)])
        let custom = FloatHistogram(
            schema: -53, count: 3, sum: 3, positive: [.init(index: 1, count: 3)], customBounds: [0.5, 2, 1e7 / 3])
        let many = (0..<20).map { (time: Int64($0) * 15_000, value: $0 == 7 ? nil : Optional(histogram)) }
        let customs = (0..<20).map { (time: Int64($0) * 15_000, value: Optional(custom)) }
        writer.add(Labels([("__name__", "a"), ("x", "1")]), [ChunkEncoder.xor(samples), ChunkEncoder.xor(later)])
        writer.add(Labels([("__name__", "b"), ("x", "1")]), [ChunkEncoder.xor2(samples, starts: starts)])
        writer.add(Labels([("__name__", "c"), ("x", "2")]), [ChunkEncoder.histograms(many, isFloat: false)])
        writer.add(Labels([("__name__", "d"), ("x", "2")]), [ChunkEncoder.histograms(many, isFloat: true)])
        let startOfAll = customs.map { _ in Int64(-5) }
        writer.add(
            Labels([("__name__", "e")]), [ChunkEncoder.histograms(customs, isFloat: false, starts: startOfAll)])
        writer.add(
            Labels([("__name__", "f")]), [ChunkEncoder.histograms(customs, isFloat: true, starts: startOfAll)])
        writer.delete(writer.numbers()[0], 30_000...60_000)
        return Files(
            meta: Array(writer.meta.utf8), index: writer.index, segment: writer.segment,
            tombstones: writer.tombstoneBytes)
    }

    private static let parts: [WritableKeyPath<Files, [UInt8]> & Sendable] = [
        \.index, \.segment, \.tombstones, \.meta,
    ]

    @Test func `the block is whole before it is broken`() {
        #expect(Self.files().outcome() == .success(240 - 3 + 120 + 4 * 20))
    }

    @Test func `every file cut short anywhere gives an error that names it`() {
        let names = ["b/index", "b/chunks/1", "b/tombstones", "b/meta.json"]
        for (part, name) in zip(Self.parts, names) {
            let whole = Self.files()
            // Behind the outermost brace of meta.json stands nothing, so all its prefixes are broken too.
            let count = whole[keyPath: part].count
            for length in Array(0..<min(100, count)) + Array(stride(from: 100, to: count, by: 7)) {
                var files = whole
                files[keyPath: part] = Array(files[keyPath: part].prefix(length))
                guard case .failure(let error) = files.outcome() else {
                    Issue.record("\(name) of \(length) bytes was read")
                    continue
                }
                #expect(error.path == name, "\(error)")
            }
        }
    }

    @Test func `any flipped bit of index, chunks and tombstones that matters is found by a checksum`() {
        var random = SeededGenerator.forTest(seed: 51)
        let whole = Self.files()
        guard case .success(let count) = whole.outcome() else { return }
        var errors = 0
        for _ in 0..<1000 {
            var files = whole
            let part = Self.parts[random.int(0...2)]
            let place = random.int(0...(files[keyPath: part].count - 1))
            files[keyPath: part][place] ^= 1 << UInt8(random.int(0...7))
            switch files.outcome() {
            case .failure(let error):
                errors += 1
                #expect(error.path.hasPrefix("b/"), "\(error)")
            case .success(let found):
                // A list of series that nothing asks for, padding, or the version of tombstones' neighbours.
                #expect(found == count)
            }
        }
        #expect(errors > 600)
    }

    @Test func `without checksums any damage gives an error or a result, in bounded memory`() {
        var random = SeededGenerator.forTest(seed: 52)
        let whole = Self.files()
        let limit = 16 * whole.segment.count + (1 << 16)
        var (errors, results) = (0, 0)
        for _ in 0..<3_000 {
            var files = whole
            for _ in 0...random.int(0...3) {
                let part = Self.parts[random.int(0...3)]
                var bytes = files[keyPath: part]
                if bytes.isEmpty { continue }
                let place = random.int(0...(bytes.count - 1))
                switch random.int(0...4) {
                case 0: bytes[place] = UInt8(truncatingIfNeeded: random.next())
                case 1: bytes[place] = [0, 0x7f, 0x80, 0xff][random.int(0...3)]
                case 2: bytes.removeSubrange(place..<min(bytes.count, place + random.int(1...9)))
                case 3: bytes.insert(contentsOf: bytes[place..<min(bytes.count, place + random.int(1...9))], at: place)
                default: bytes[place] ^= 1 << UInt8(random.int(0...7))
                }
                files[keyPath: part] = bytes
            }
            switch files.outcome(checks: false) {
            case .failure: errors += 1
            case .success(let count):
                results += 1
                #expect(count <= limit)
            }
        }
        #expect(errors > 100 && results > 30)
    }

    @Test func `chunks that are referred to again and again do not fill the memory`() {
        var writer = BlockWriter()
        let samples = (0..<20_000).map { (time: Int64($0) * 15_000, value: 1.0) }
        writer.add(Labels([("__name__", "a")]), [ChunkEncoder.xor(samples)])
        for number in 0..<200 { writer.repeatLast(Labels([("__name__", "b\(number)")])) }
        let files = Files(
            meta: Array(writer.meta.utf8), index: writer.index, segment: writer.segment,
            tombstones: writer.tombstoneBytes)
        guard case .failure(let error) = files.outcome() else {
            Issue.record("it was read")
            return
        }
        #expect(error.message.contains("referred to twice") && error.offset == 8)
    }

    private static func files(_ writer: BlockWriter) -> Files {
        Files(
            meta: Array(writer.meta.utf8), index: writer.index, segment: writer.segment,
            tombstones: writer.tombstoneBytes)
    }

    @Test func `empty chunks that are referred to again and again are not read again and again`() {
        var writer = BlockWriter()
        let empty = BlockWriter.Chunk(encoding: 1, data: [UInt8](repeating: 0, count: 5000), span: 0...0)
        writer.add(Labels([("__name__", "a")]), [empty])
        for number in 0..<9 { writer.repeatLast(Labels([("__name__", "b\(number)")])) }
        let error = Self.files(writer).outcome().error
        #expect(error?.message.contains("referred to twice") == true && error?.offset == 8)
    }

    @Test func `lists of series that are referred to again and again do not fill the memory`() throws {
        let isThere = LabelMatcher(name: "x", equal: "", negated: true)
        for (count, isRefused) in [(2, false), (300, true)] {
            var writer = BlockWriter()
            writer.repeatsLists = true
            for number in 100..<(100 + count) {
                writer.add(Labels([("__name__", "a"), ("x", "\(number)")]), [ChunkEncoder.xor([(0, 1)])])
            }
            let folder = try Self.files(writer).folder()
            guard isRefused else {
                let found = try folder.select([isThere], from: .min, through: .max)
                #expect(found.map(\.count) == [1, 1])
                continue
            }
            let error = #expect(throws: BlockError.self) {
                try folder.select([isThere], from: .min, through: .max)
            }
            #expect(error?.message.contains("referred to twice") == true && error?.path == "b/index")
        }
    }

    @Test func `a selection and a series of more samples than the limit are refused`() throws {
        var writer = BlockWriter()
        let samples = (0..<100).map { (time: Int64($0) * 1000, value: 1.0) }
        for name in ["a", "b"] { writer.add(Labels([("__name__", name)]), [ChunkEncoder.xor(samples)]) }
        func folder(_ limit: Int) throws -> BlockFolder {
            var folder = try Self.files(writer).folder()
            folder.maxSamples = limit
            return folder
        }
        let (narrow, wide) = (try folder(99), try folder(199))
        let error = #expect(throws: BlockError.self) { try wide.select([], from: .min, through: .max) }
        #expect(error?.message.contains("--max-samples") == true && error?.path == "b" && error?.offset == nil)
        #expect(throws: BlockError.self) { try narrow.forEachSeries([[]]) { _ in } }
        let bare = try BlockFolder(
            path: "b", meta: Array(writer.meta.utf8), index: writer.index, segments: [])
        let missing = #expect(throws: BlockError.self) { try bare.select([], from: .min, through: .max) }
        #expect(missing?.description == "b/chunks: the index names a chunk in segment 1, but there are 0 segments")
        #expect(try wide.select([], from: 0, through: 50_000).map(\.count) == [51, 51])
        #expect(try folder(200).select([], from: .min, through: .max).map(\.count) == [100, 100])
        var count = 0
        try wide.forEachSeries([[]]) { count += $0.count }
        #expect(count == 200)
    }

    @Test func `what is wrong is told with the place`() throws {
        var files = Self.files()
        files.segment[40] ^= 1
        #expect(
            files.outcome()
                == .failure(BlockError(path: "b/chunks/1", offset: 8, message: "the checksum of the chunk is wrong")))
        files = Self.files()
        files.index[4] = 1
        let version = "the index is of version 1, and only version 2 is supported"
        #expect(files.outcome() == .failure(BlockError(path: "b/index", offset: 4, message: version)))
        #expect(BlockError(path: "b/index", offset: 4, message: "x").description == "b/index@4: x")
        files = Self.files()
        files.meta = Array("{\"version\": 2}".utf8)
        #expect(files.outcome().error?.description == "b/meta.json: not the meta.json of a block of version 1")
        files.meta = Array(String(repeating: "{\"a\":", count: 5000).utf8)
        #expect(files.outcome().error?.message == "too many levels")
        let empty = try TemporaryDirectory()
        try empty.write("", to: "wal/0")
        let none = #expect(throws: BlockError.self) { try BlockFolder(path: empty.path) }
        #expect(none?.description.contains("only a write-ahead log") == true)
        #expect(throws: BlockError.self) { try BlockFolder(path: empty.file("none")) }
    }
}

extension Result {
    fileprivate var error: Failure? { if case .failure(let error) = self { error } else { nil } }
}
