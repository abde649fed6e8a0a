/// Spans of time that were deleted from series of a block.
///
/// Prometheus, tsdb/docs/format/tombstones.md.
struct BlockTombstones: Sendable {
    /// By the series' number in the index.
    private var spans: [UInt64: [ClosedRange<Int64>]] = [:]

    private static let magic: UInt32 = 0x0130_ba30

    /// Nothing was deleted.
    init() {}

    /// Reads a `tombstones` file.
    init(_ file: BlockFile, checks: Bool) throws(BlockError) {
        let bytes = try file.bytes(at: 0, count: file.size)
        spans = try BlockTombstones.parse(bytes, file.path, checks)
    }

    private static func parse(
        _ bytes: [UInt8], _ path: String, _ checks: Bool
    ) throws(BlockError) -> [UInt64: [ClosedRange<Int64>]] {
        var spans: [UInt64: [ClosedRange<Int64>]] = [:]
        try bytes.withRawBytes { raw throws(BlockError) in
            var reader = ByteReader(raw, path: path, start: 0)
            guard try reader.be32() == magic else { throw BlockError(path: path, offset: 0, message: "no tombstones") }
            guard try reader.byte() == 1 else { throw BlockError(path: path, offset: 4, message: "unknown version") }
            let body = try reader.take(max(0, reader.left - 4))
            guard CRC32C.agrees(try reader.be32(), body, isAsked: checks) else {
                throw BlockError(path: path, offset: 5, message: "the checksum is wrong")
            }
            reader = ByteReader(body, path: path, start: 5)
            while reader.left > 0 {
                let series = try reader.uvarint()
                let (from, through) = (try reader.varint(), try reader.varint())
                guard from <= through else { throw reader.failure("a deleted span ends before it begins") }
                spans[series, default: []].append(from...through)
            }
        }
        return spans
    }

    /// What was deleted of a series.
    func spans(of series: UInt32) -> [ClosedRange<Int64>] { spans[UInt64(series)] ?? [] }
}
