/// The encodings of chunks, by their numbers in the format.
///
/// Prometheus, tsdb/docs/format/chunks.md. A decoder appends to columns and answers with what is wrong, or nil.
enum ChunkDecoder {
    /// Decodes a chunk's data.
    static func decode(encoding: UInt8, _ data: UnsafeRawBufferPointer, into columns: ChunkColumns) -> String? {
        switch encoding {
        case 1: XORChunk.decode(data, into: columns)
        case 2: HistogramChunk.decode(data, isFloat: false, hasStarts: false, into: columns)
        case 3: HistogramChunk.decode(data, isFloat: true, hasStarts: false, into: columns)
        case 4: XOR2Chunk.decode(data, into: columns)
        case 5: HistogramChunk.decode(data, isFloat: false, hasStarts: true, into: columns)
        case 6: HistogramChunk.decode(data, isFloat: true, hasStarts: true, into: columns)
        default: "chunks of encoding \(encoding) are unknown"
        }
    }

    /// What is said of data that ends too soon or contradicts itself.
    static let broken = "the data of the chunk ends too soon or contradicts itself"

    /// The number of samples; nil when there is no header of so many bytes.
    static func count(_ data: UnsafeRawBufferPointer, headerBytes: Int) -> Int? {
        data.count >= headerBytes ? Int(data[0]) << 8 | Int(data[1]) : nil
    }
}
