/// A series of a block: its labels, and where its chunks are.
struct BlockSeries: Sendable {
    /// A part of the samples.
    struct Chunk: Sendable {
        /// First and last sample.
        var minTime: Int64
        var maxTime: Int64
        /// The segment in the upper 32 bits, the offset in the lower ones.
        var reference: UInt64
    }

    /// The number in the index.
    var number: UInt32
    var labels: Labels
    var chunks: [Chunk]
}

extension BlockIndex {
    /// Strings of symbols that were read before in the same walk.
    struct SymbolCache {
        fileprivate var strings: [UInt64: String] = [:]
    }

    /// Reads a series.
    func series(_ number: UInt32, _ cache: inout SymbolCache) throws(BlockError) -> BlockSeries {
        let offset = Int(number) * 16
        guard number > 0, offset < bytes.count else {
            throw failure(at: offset, "series \(number) lies outside the file of \(bytes.count) bytes")
        }
        // What follows can't keep an inout across the closure.
        var used = SymbolCache()
        swap(&used, &cache)
        defer { swap(&used, &cache) }
        return try bytes.withRawBytes { raw throws(BlockError) in
            var reader = ByteReader(UnsafeRawBufferPointer(rebasing: raw[offset...]), path: path, start: offset)
            let length = reader.size(try reader.uvarint())
            let start = offset + reader.position
            let body = try reader.take(length)
            guard CRC32C.agrees(try reader.be32(), body, isAsked: checks) else {
                throw failure(at: offset, "the checksum of series \(number) is wrong")
            }
            reader = ByteReader(body, path: path, start: start)
            let labels = try self.labels(&reader, start, &used)
            return BlockSeries(number: number, labels: labels, chunks: try BlockIndex.chunks(&reader))
        }
    }

    private func labels(
        _ reader: inout ByteReader, _ start: Int, _ cache: inout SymbolCache
    ) throws(BlockError) -> Labels {
        let claimed = try reader.uvarint()
        let count = try reader.count(claimed, bytesEach: 2, "labels")
        var labels: [Label] = []
        labels.reserveCapacity(count)
        func text() throws(BlockError) -> String {
            let place = start + reader.position
            let number = try reader.uvarint()
            if let known = cache.strings[number] { return known }
            let text = try symbol(number, at: place)
            cache.strings[number] = text
            return text
        }
        for _ in 0..<count {
            let name = try text()
            let value = try text()
            if let last = labels.last, ByteOrder.compare(last.name, name) >= 0 {
                throw reader.failure("the labels are not in the order of their names")
            }
            labels.append(Label(name: name, value: value))
        }
        return Labels(labels)
    }

    private static func chunks(_ reader: inout ByteReader) throws(BlockError) -> [BlockSeries.Chunk] {
        let claimed = try reader.uvarint()
        let count = try reader.count(claimed, bytesEach: 3, "chunks")
        var chunks: [BlockSeries.Chunk] = []
        chunks.reserveCapacity(count)
        var (time, reference): (Int64, UInt64) = (0, 0)
        for place in 0..<count {
            // The writer's differences wrap, and so do these.
            let minTime = place == 0 ? try reader.varint() : time &+ Int64(bitPattern: try reader.uvarint())
            let maxTime = minTime &+ Int64(bitPattern: try reader.uvarint())
            guard minTime <= maxTime else { throw reader.failure("a chunk ends before it begins") }
            reference = place == 0 ? try reader.uvarint() : reference &+ UInt64(bitPattern: try reader.varint())
            chunks.append(BlockSeries.Chunk(minTime: minTime, maxTime: maxTime, reference: reference))
            time = maxTime
        }
        return chunks
    }
}
