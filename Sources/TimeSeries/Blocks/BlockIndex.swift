/// The index of a block, version 2: symbols, series, postings.
///
/// Prometheus, tsdb/docs/format/index.md. The file is in memory; its sections are checked when they are read, the
/// symbols and the table of postings at once.
struct BlockIndex: Sendable {
    /// Where the sections begin; 0 says that there is none.
    struct Contents: Sendable {
        var symbols: Int
        var series: Int
        var postingsTable: Int
    }

    private static let magic: UInt32 = 0xbaaa_d700
    private static let headerBytes = 5
    private static let contentsBytes = 6 * 8 + 4

    let path: String
    let bytes: [UInt8]
    let contents: Contents
    /// Whether checksums are compared.
    let checks: Bool
    /// Where each symbol's length stands.
    private let symbols: [Int]
    /// The lists of series, by label.
    let postings: BlockPostings

    /// Reads an `index` file.
    init(_ file: BlockFile, checks: Bool) throws(BlockError) {
        self.checks = checks
        path = file.path
        bytes = try file.bytes(at: 0, count: file.size)
        contents = try BlockIndex.contents(bytes, path, checks)
        symbols = try BlockIndex.symbols(bytes, path, at: contents.symbols, checks)
        postings = try BlockPostings(bytes, path, at: contents.postingsTable, checks: checks)
    }

    /// An error at a place of the file.
    func failure(at offset: Int, _ message: String) -> BlockError {
        BlockError(path: path, offset: offset, message: message)
    }

    private static func contents(
        _ bytes: [UInt8], _ path: String, _ checks: Bool
    ) throws(BlockError) -> Contents {
        try bytes.withRawBytes { raw throws(BlockError) in
            guard raw.count >= headerBytes + contentsBytes else {
                throw BlockError(path: path, message: "\(raw.count) bytes are too few for an index")
            }
            var reader = ByteReader(raw, path: path, start: 0)
            guard try reader.be32() == magic else { throw BlockError(path: path, offset: 0, message: "no index") }
            let version = try reader.byte()
            guard version == 2 else {
                throw BlockError(
                    path: path, offset: 4,
                    message: "the index is of version \(version), and only version 2 is supported")
            }
            let start = raw.count - contentsBytes
            let table = UnsafeRawBufferPointer(rebasing: raw[start...])
            reader = ByteReader(table, path: path, start: start)
            var offsets: [Int] = []
            for _ in 0..<6 {
                let offset = reader.size(try reader.be64())
                guard offset <= start else { throw reader.failure("a section outside the file, at \(offset)") }
                offsets.append(offset)
            }
            let body = UnsafeRawBufferPointer(rebasing: table[..<(contentsBytes - 4)])
            guard CRC32C.agrees(try reader.be32(), body, isAsked: checks) else {
                throw BlockError(path: path, offset: start, message: "the checksum of the table of contents is wrong")
            }
            return Contents(symbols: offsets[0], series: offsets[1], postingsTable: offsets[5])
        }
    }

    /// A section that begins with its length in 32 bits and ends with a checksum, which is compared.
    static func section(
        _ raw: UnsafeRawBufferPointer, _ path: String, at offset: Int, _ what: String, _ checks: Bool
    ) throws(BlockError) -> ByteReader {
        guard offset >= 0, offset <= raw.count else {
            throw BlockError(path: path, offset: offset, message: "\(what) outside the file")
        }
        var reader = ByteReader(UnsafeRawBufferPointer(rebasing: raw[offset...]), path: path, start: offset)
        let length = Int(try reader.be32())
        let body = try reader.take(length)
        guard CRC32C.agrees(try reader.be32(), body, isAsked: checks) else {
            throw BlockError(path: path, offset: offset, message: "the checksum of \(what) is wrong")
        }
        return ByteReader(body, path: path, start: offset + 4)
    }

    private static func symbols(
        _ bytes: [UInt8], _ path: String, at offset: Int, _ checks: Bool
    ) throws(BlockError) -> [Int] {
        if offset == 0 { return [] }
        return try bytes.withRawBytes { raw throws(BlockError) in
            var reader = try section(raw, path, at: offset, "the symbols", checks)
            let claimed = UInt64(try reader.be32())
            let count = try reader.count(claimed, bytesEach: 1, "symbols")
            var places: [Int] = []
            places.reserveCapacity(count)
            for _ in 0..<count {
                places.append(offset + 4 + reader.position)
                _ = try reader.counted()
            }
            return places
        }
    }

    /// A symbol's text; `at` says where it was referred to.
    func symbol(_ number: UInt64, at offset: Int) throws(BlockError) -> String {
        guard let place = Int(exactly: number), place < symbols.count else {
            throw failure(at: offset, "symbol \(number) of \(symbols.count)")
        }
        return try bytes.withRawBytes { raw throws(BlockError) in
            let start = symbols[place]
            var reader = ByteReader(UnsafeRawBufferPointer(rebasing: raw[start...]), path: path, start: start)
            return String(decoding: try reader.counted(), as: UTF8.self)
        }
    }
}
