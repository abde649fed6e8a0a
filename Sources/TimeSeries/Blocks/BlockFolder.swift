/// The blocks of Prometheus's TSDB in a folder: one block, or a data folder with many. Their samples are read when they
/// are asked for.
///
/// Blocks may overlap in time; of two samples of one series and time the block that begins last gives its own, as in
/// Prometheus, and of those the one whose folder's name comes first. The write-ahead log, which holds the latest hours of a running
/// server, is not read: take a snapshot (`POST /api/v1/admin/tsdb/snapshot`) to have them in a block.
public struct BlockFolder: SeriesSource {
    private let blocks: [Block]
    /// The folder.
    public let path: String
    /// Whether there is a write-ahead log, which is not read.
    public let hasWriteAheadLog: Bool
    /// Samples that one selection may hold, in units of a float sample (16 bytes), and that one series may have.
    public var maxSamples = 50_000_000
    /// Series that one selection may have.
    public var maxSeries = 1_000_000
    /// Asked before each series; true ends a selection with an error.
    public var isCancelled: (@Sendable () -> Bool)?
    /// Which blocks of the folder are not read because a part of them is missing; nil when all are.
    public let remark: String?

    /// Whether a folder is a block or holds blocks.
    public static func isOne(_ path: String) -> Bool {
        if InputFile.exists(path + "/meta.json") || InputFile.exists(path + "/wal") || isBlock(path) { return true }
        let (whole, broken) = blockNames(in: path)
        return !whole.isEmpty || broken.count > 0
    }

    /// Says which files in a folder look like scrapes, which nobody reads beside blocks; nil when none do.
    public static func scrapes(in path: String) -> String? {
        let scrapes = RecordedScrapes.list(in: path)
        return scrapes.count > 0 ? "scrapes beside blocks are skipped, give them a folder: \(scrapes)" : nil
    }

    private static func isBlock(_ path: String) -> Bool {
        InputFile.exists(path + "/index") && InputFile.isFolder(path + "/chunks")
    }

    /// The blocks in a data folder, and those of which a part is missing, as where Prometheus hasn't finished writing or
    /// deleting one.
    private static func blockNames(in path: String) -> (whole: [String], broken: NameList) {
        var whole: [String] = []
        var broken = NameList()
        for name in (try? InputFile.names(in: path)) ?? [] {
            let folder = "\(path)/\(name)"
            let missing = ["meta.json", "index"].filter { !InputFile.exists("\(folder)/\($0)") }
            if missing.isEmpty {
                whole.append(name)
            } else if isBlock(folder) || isIdentifier(name) && InputFile.isFolder(folder) {
                broken.add("\(name) (no \(missing.joined(separator: ", no ")))")
            }
        }
        return (whole, broken)
    }

    /// Whether a name is a ULID, as blocks have: 26 digits and capitals without I, L, O and U.
    private static func isIdentifier(_ name: String) -> Bool {
        name.utf8.count == 26
            && name.utf8.allSatisfy { 48...57 ~= $0 || 65...90 ~= $0 && !"ILOU".utf8.contains($0) }
    }

    /// Opens the block or all blocks of a data folder.
    ///
    /// - Parameter checksChecksums: false reads on where a checksum is wrong, as far as the rest makes sense.
    /// - Throws: ``BlockError`` with file and offset for what is broken, or where there is no block.
    public init(path: String, checksChecksums: Bool = true) throws(BlockError) {
        self.path = path
        var blocks: [Block] = []
        if InputFile.exists(path + "/meta.json") || InputFile.exists(path + "/index") {
            blocks.append(try Block(folder: path, checks: checksChecksums))
            (hasWriteAheadLog, remark) = (false, nil)
        } else {
            let (whole, broken) = BlockFolder.blockNames(in: path)
            for name in whole { blocks.append(try Block(folder: "\(path)/\(name)", checks: checksChecksums)) }
            hasWriteAheadLog = InputFile.exists(path + "/wal")
            remark = broken.count > 0 ? "blocks that lack a part are skipped: \(broken)" : nil
        }
        if blocks.isEmpty, let remark { throw BlockError(path: path, message: "there is no whole block; \(remark)") }
        if blocks.isEmpty {
            throw BlockError(
                path: path,
                message: "there is no block yet, only a write-ahead log, which is not read; take a snapshot of the "
                    + "running server, or stop it after two hours")
        }
        // The last of them wins; a stable sort leaves those of equal times as they are.
        self.blocks = blocks.reversed().sorted { $0.meta.minTime < $1.meta.minTime }
    }

    /// A block whose files are in memory.
    ///
    /// - Parameters:
    ///   - path: what errors call it.
    ///   - segments: the files of the folder `chunks`, in their order.
    ///   - tombstones: nil when nothing was deleted.
    ///   - checksChecksums: see ``init(path:checksChecksums:)``.
    /// - Throws: ``BlockError`` with file and offset for what is broken.
    public init(
        path: String, meta: [UInt8], index: [UInt8], segments: [[UInt8]], tombstones: [UInt8]? = nil,
        checksChecksums: Bool = true
    ) throws(BlockError) {
        self.path = path
        (hasWriteAheadLog, remark) = (false, nil)
        let files = segments.enumerated().map { BlockFile(path: "\(path)/chunks/\($0.offset + 1)", bytes: $0.element) }
        blocks = [
            try Block(
                path: path, meta: BlockFile(path: path + "/meta.json", bytes: meta),
                index: BlockFile(path: path + "/index", bytes: index), segments: files,
                tombstones: tombstones.map { BlockFile(path: path + "/tombstones", bytes: $0) }, checks: checksChecksums
            )
        ]
    }

    /// How many blocks there are.
    public var blockCount: Int { blocks.count }

    /// The first and the last sample's time, also of samples that were deleted; nil when there are no series.
    ///
    /// Reads the index of each block that may hold the first or the last one.
    ///
    /// - Throws: ``BlockError`` with file and offset.
    public func timeSpan() throws(BlockError) -> ClosedRange<Int64>? {
        var span: ClosedRange<Int64>?
        for block in blocks {
            if let span, span.lowerBound <= block.meta.minTime, span.upperBound >= block.meta.maxTime &- 1 { continue }
            var walk = Block.Walk()
            for series in try block.series([], .min ... .max, &walk) {
                guard let first = series.chunks.first?.minTime, let last = series.chunks.last?.maxTime, first <= last
                else { continue }
                span = span.map { min($0.lowerBound, first)...max($0.upperBound, last) } ?? first...last
            }
        }
        return span
    }

    /// The values of a label over all blocks, sorted by bytes.
    public func labelValues(of name: String) -> [String] {
        var seen: Set<Label> = []
        for block in blocks { for value in block.values(of: name) { seen.insert(Label(name: name, value: value)) } }
        return seen.map(\.value).sorted(by: ByteOrder.less)
    }

    /// The series that match, with their samples in the span.
    ///
    /// - Throws: ``BlockError`` with file and offset, or without an offset when there are more than ``maxSamples``.
    public func select(_ matchers: [LabelMatcher], from: Int64, through: Int64) throws -> [Series] {
        var found: [Series] = []
        var held = 0
        try forEachSeries([matchers], from: from, through: through) { series in
            held += series.sampleUnits
            if held > maxSamples { throw BlockFolder.tooManySamples(in: path) }
            found.append(series)
        }
        return found
    }

    /// Says that a selection or a series exceeds ``maxSamples``.
    static func tooManySamples(in path: String) -> BlockError {
        BlockError(
            path: path,
            message:
                "more samples are selected than --max-samples allows: choose fewer series or "
                + "a shorter time, or raise it")
    }

    /// Calls `body` with one series after the other, sorted by labels, that some of the lists of matchers select;
    /// only the labels of all series, and not their samples, are in memory at once.
    ///
    /// - Throws: ``BlockError`` with file and offset, or without an offset when a series has more than
    ///   ``maxSamples``; or what `body` throws.
    public func forEachSeries(
        _ selectors: [[LabelMatcher]], from: Int64 = .min, through: Int64 = .max, _ body: (Series) throws -> Void
    ) throws {
        if from > through { return }
        var walks = blocks.map { _ in Block.Walk() }
        var parts: [Labels: [(block: Int, series: BlockSeries)]] = [:]
        for (place, block) in blocks.enumerated()
        where block.meta.maxTime >= from && block.meta.minTime <= through {
            var seen: Set<UInt32> = []
            for matchers in selectors {
                for series in try block.series(matchers, from...through, &walks[place])
                where selectors.count == 1 || seen.insert(series.number).inserted {
                    parts[series.labels, default: []].append((place, series))
                }
                if parts.count > maxSeries {
                    throw BlockError(
                        path: path,
                        message: "more than \(maxSeries) series, the limit, are selected: choose fewer, or raise "
                            + "--max-series")
                }
            }
        }
        var sharing = TimestampSharing()
        for labels in parts.keys.sorted() {
            if isCancelled?() == true { throw BlockError(path: path, message: "reading was cancelled") }
            var left = maxSamples
            let pieces = try (parts[labels] ?? []).map { part in
                let piece = try blocks[part.block].samples(
                    of: part.series, from...through, &walks[part.block], most: left)
                left = max(0, left - piece.sampleUnits)
                return piece
            }
            var whole = Series(joining: pieces, labels)
            if pieces.count > 1 { whole.timestamps = sharing.column(whole.timestamps) }
            if whole.count > 0 { try body(whole) }
        }
    }
}
