/// A block of Prometheus's TSDB: an immutable folder with the series of a span of time.
struct Block: Sendable {
    let path: String
    let meta: BlockMeta
    private let index: BlockIndex
    private let segments: ChunkSegments
    private let tombstones: BlockTombstones
    /// Bytes of all chunks; no walk over series may meet more samples than could be in them.
    private let chunkBytes: Int

    /// Opens a block's folder and checks what is not checked when it is used.
    init(folder: String, checks: Bool) throws(BlockError) {
        let meta = try BlockFile(path: folder + "/meta.json")
        guard meta.size <= 1 << 24 else { throw meta.failure(at: nil, "\(meta.size) bytes are too many") }
        let names: [String]
        do {
            names = try InputFile.names(in: folder + "/chunks").filter {
                $0.utf8.allSatisfy { (0x30...0x39).contains($0) }
            }
        } catch {
            throw BlockError(path: folder + "/chunks", message: String(error.message.drop { $0 == " " }))
        }
        var segments: [BlockFile] = []
        for name in names { segments.append(try BlockFile(path: "\(folder)/chunks/\(name)")) }
        let hasTombstones = InputFile.exists(folder + "/tombstones")
        try self.init(
            path: folder, meta: meta, index: BlockFile(path: folder + "/index"), segments: segments,
            tombstones: hasTombstones ? BlockFile(path: folder + "/tombstones") : nil, checks: checks)
    }

    /// Opens a block from its files.
    init(
        path: String, meta: BlockFile, index: BlockFile, segments: [BlockFile], tombstones: BlockFile?,
        checks: Bool
    ) throws(BlockError) {
        self.path = path
        self.meta = try BlockMeta(meta.bytes(at: 0, count: meta.size), path: meta.path)
        self.index = try BlockIndex(index, checks: checks)
        self.segments = try ChunkSegments(segments, of: path, checks: checks)
        if let tombstones {
            self.tombstones = try BlockTombstones(tombstones, checks: checks)
        } else {
            self.tombstones = BlockTombstones()
        }
        chunkBytes = segments.reduce(0) { $0 + $1.size }
    }

    /// What a walk over series keeps from one to the next.
    struct Walk {
        fileprivate var symbols = BlockIndex.SymbolCache()
        fileprivate let columns = ChunkColumns()
        var sharing = TimestampSharing()
        fileprivate var sampleUnits = 0
        /// Bytes of the chunks that were read.
        fileprivate var chunkBytes = 0

        /// Nothing was read yet.
        init() {}
    }

    /// The series that fulfil the matchers and may have samples in the span, in the order of the index.
    func series(
        _ matchers: [LabelMatcher], _ span: ClosedRange<Int64>, _ walk: inout Walk
    ) throws(BlockError) -> [BlockSeries] {
        let (numbers, rest) = try index.postings.select(matchers, index.bytes)
        var found: [BlockSeries] = []
        for number in numbers {
            var series = try index.series(number, &walk.symbols)
            guard rest.allSatisfy({ $0.matches(series.labels[$0.name]) }) else { continue }
            series.chunks.removeAll { $0.maxTime < span.lowerBound || $0.minTime > span.upperBound }
            if !series.chunks.isEmpty { found.append(series) }
        }
        return found
    }

    /// The samples of a series in a span; without samples when there are none or all were deleted.
    ///
    /// - Parameter most: how many samples its chunks may hold, in units of a float sample.
    func samples(
        of series: BlockSeries, _ span: ClosedRange<Int64>, _ walk: inout Walk, most: Int
    ) throws(BlockError) -> Series {
        let columns = walk.columns
        columns.reset()
        let already = walk.sampleUnits
        var readBytes = walk.chunkBytes
        try segments.forEach(series.chunks) { chunk, raw throws(BlockError) in
            // Behind a length of a byte at least follow the encoding and the checksum.
            readBytes += max(Block.leastChunkBytes, chunk.data.count + 6)
            let data = UnsafeRawBufferPointer(rebasing: raw[chunk.data])
            let problem =
                readBytes > 2 * chunkBytes
                ? Block.repeated : ChunkDecoder.decode(encoding: chunk.encoding, data, into: columns)
            // A sample and a bucket take a bit at least, an empty histogram beside its bits some units.
            let isRepeated = already + columns.sampleUnits > 16 * chunkBytes + (1 << 16)
            if let problem = problem ?? (isRepeated ? Block.repeated : nil) {
                throw BlockError(path: segments.path(of: chunk.segment), offset: chunk.offset, message: problem)
            }
            if columns.sampleUnits > most { throw BlockFolder.tooManySamples(in: path) }
        }
        walk.sampleUnits = already + columns.sampleUnits
        walk.chunkBytes = readBytes
        return columns.series(series.labels, span, without: tombstones.spans(of: series.number), &walk.sharing)
    }

    /// A chunk of one sample; one that claims to be smaller costs as much to read.
    private static let leastChunkBytes = 16
    private static let repeated = "more samples than all chunks could hold: some of them are referred to twice"

    /// The values of a label.
    func values(of name: String) -> [String] { index.postings.values(of: name, index.bytes) }
}
