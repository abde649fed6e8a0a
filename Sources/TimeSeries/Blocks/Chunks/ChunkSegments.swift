/// The files of a block's folder `chunks`.
///
/// Prometheus, tsdb/docs/format/chunks.md.
struct ChunkSegments: Sendable {
    /// A chunk's encoding and the place of its data in a buffer.
    struct Chunk {
        var encoding: UInt8
        var data: Range<Int>
        /// Where the chunk begins in its file.
        var offset: Int
        var segment: Int
    }

    private static let magic: UInt32 = 0x85bd_40dd
    private static let headerBytes = 8
    /// What is read behind the last chunk's beginning at first; most chunks have about 120 samples.
    private static let readAhead = 4096
    /// Chunks whose beginnings lie so far apart at most are read at once.
    private static let mostAtOnce = 1 << 20
    /// A chunk that begins so far behind the others is read on its own, so that two don't cost all that lies between.
    private static let mostBetween = 4 * readAhead

    private let files: [BlockFile]
    /// The block's folder.
    private let block: String
    /// Whether checksums are compared.
    private let checks: Bool

    /// Checks the files' headers; their order is that of their numbers.
    init(_ files: [BlockFile], of block: String, checks: Bool) throws(BlockError) {
        self.files = files
        self.block = block
        self.checks = checks
        for file in files {
            let header = try file.bytes(at: 0, count: ChunkSegments.headerBytes)
            try header.withRawBytes { raw throws(BlockError) in
                var reader = ByteReader(raw, path: file.path, start: 0)
                guard try reader.be32() == ChunkSegments.magic else {
                    throw file.failure(at: 0, "no segment of chunks")
                }
                let version = try reader.byte()
                guard version == 1 else { throw file.failure(at: 4, "segments of version \(version) are unknown") }
            }
        }
    }

    /// The file of a segment, for errors.
    func path(of segment: Int) -> String { files[segment].path }

    /// Reads chunks, neighbours at once, and calls `body` with each and the buffer that holds it.
    func forEach(
        _ chunks: [BlockSeries.Chunk], _ body: (Chunk, UnsafeRawBufferPointer) throws(BlockError) -> Void
    ) throws(BlockError) {
        var first = 0
        while first < chunks.count {
            let (segment, start) = try place(of: chunks[first])
            var (last, end) = (first, start)
            while last + 1 < chunks.count, let next = try? place(of: chunks[last + 1]), next.segment == segment,
                next.offset >= start, next.offset - start <= ChunkSegments.mostAtOnce,
                next.offset - end <= ChunkSegments.mostBetween
            {
                last += 1
                end = max(end, next.offset)
            }
            try read(chunks[first...last], segment, start, end, body)
            first = last + 1
        }
    }

    private func place(of chunk: BlockSeries.Chunk) throws(BlockError) -> (segment: Int, offset: Int) {
        let (segment, offset) = (Int(chunk.reference >> 32), Int(chunk.reference & 0xffff_ffff))
        guard segment < files.count else {
            throw BlockError(
                path: block + "/chunks",
                message: "the index names a chunk in segment \(segment + 1), but there are \(files.count) segments")
        }
        guard offset >= ChunkSegments.headerBytes, offset < files[segment].size else {
            throw files[segment].failure(at: offset, "a chunk outside the file of \(files[segment].size) bytes")
        }
        return (segment, offset)
    }

    /// Reads chunks of one segment whose beginnings lie between two places.
    private func read(
        _ chunks: ArraySlice<BlockSeries.Chunk>, _ segment: Int, _ start: Int, _ lastStart: Int,
        _ body: (Chunk, UnsafeRawBufferPointer) throws(BlockError) -> Void
    ) throws(BlockError) {
        let file = files[segment]
        let buffer = try file.bytes(at: start, count: min(lastStart + ChunkSegments.readAhead, file.size) - start)
        for chunk in chunks {
            let offset = Int(chunk.reference & 0xffff_ffff)
            var base = start
            var length = try ChunkSegments.length(buffer, file, base, offset)
            if length.end > buffer.count {
                // Longer than most: read again, just this one.
                base = offset
                let long = try file.bytes(at: offset, count: length.end - (offset - start))
                length = try ChunkSegments.length(long, file, base, offset)
                try check(long, file, segment, offset, length, body)
            } else {
                try check(buffer, file, segment, offset, length, body)
            }
        }
    }

    /// Where in the buffer a chunk's encoding stands and where its checksum ends.
    private static func length(
        _ buffer: [UInt8], _ file: BlockFile, _ base: Int, _ offset: Int
    ) throws(BlockError) -> (encoding: Int, end: Int) {
        try buffer.withRawBytes { raw throws(BlockError) in
            var reader = ByteReader(
                UnsafeRawBufferPointer(rebasing: raw[(offset - base)...]), path: file.path, start: offset)
            let size = reader.size(try reader.uvarint())
            let encoding = offset - base + reader.position
            guard size <= file.size - offset else {
                throw file.failure(at: offset, "a chunk of \(size) bytes, but the file ends at \(file.size)")
            }
            return (encoding, encoding + 1 + size + 4)
        }
    }

    private func check(
        _ buffer: [UInt8], _ file: BlockFile, _ segment: Int, _ offset: Int, _ place: (encoding: Int, end: Int),
        _ body: (Chunk, UnsafeRawBufferPointer) throws(BlockError) -> Void
    ) throws(BlockError) {
        guard place.end <= buffer.count else { throw file.failure(at: offset, "the chunk is cut short") }
        try buffer.withRawBytes { raw throws(BlockError) in
            let covered = UnsafeRawBufferPointer(rebasing: raw[place.encoding..<(place.end - 4)])
            var reader = ByteReader(
                UnsafeRawBufferPointer(rebasing: raw[(place.end - 4)..<place.end]), path: file.path, start: offset)
            guard CRC32C.agrees(try reader.be32(), covered, isAsked: checks) else {
                throw file.failure(at: offset, "the checksum of the chunk is wrong")
            }
            let chunk = Chunk(
                encoding: covered[0], data: (place.encoding + 1)..<(place.end - 4), offset: offset, segment: segment)
            try body(chunk, raw)
        }
    }
}
