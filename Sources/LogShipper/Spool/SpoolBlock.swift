/// Lines on their way into a spool: a batch in the form that a frame holds, before compression.
///
/// ```
/// i64 wall nanoseconds when the batch was closed
/// count of sources, then for each: its path (length, bytes), u64 key
/// count of lines, then for each: source, length, offset less the end of the source's line before it (signed)
/// the lines, each with a line feed
/// ```
final class SpoolBlock {
    let closedWallNanos: Int64
    private(set) var sources: [SpoolSource] = []
    private(set) var lineCount = 0
    private var sourceIndex: [SpoolSource: Int] = [:]
    /// Where the last line of each source ended.
    private var ends: [Int64] = []
    private let references = GrowableBytes(capacity: 4096)
    private let content = GrowableBytes(capacity: 64 << 10)

    init(closedWallNanos: Int64) {
        self.closedWallNanos = closedWallNanos
    }

    var amount: SpoolAmount { SpoolAmount(lines: UInt64(lineCount), bytes: UInt64(content.count)) }

    /// The number of a source in this block.
    func index(of source: SpoolSource) -> Int {
        if let known = sourceIndex[source] { return known }
        sourceIndex[source] = sources.count
        sources.append(source)
        ends.append(0)
        return sources.count - 1
    }

    /// Adds a line without its line feed; `source` is what `index(of:)` said.
    func append(_ line: UnsafeRawBufferPointer, source: Int, offset: Int64) {
        let writer = SpoolWriter(output: references)
        writer.varint(UInt64(source))
        writer.varint(UInt64(line.count))
        writer.signedVarint(offset &- ends[source])
        ends[source] = offset &+ Int64(line.count) &+ 1
        content.append(line)
        content.append(0x0a)
        lineCount += 1
    }

    func encode(into output: GrowableBytes) {
        let writer = SpoolWriter(output: output)
        writer.integer(closedWallNanos)
        writer.varint(UInt64(sources.count))
        for source in sources {
            writer.text(source.path)
            writer.integer(source.key)
        }
        writer.varint(UInt64(lineCount))
        output.append(references.bytes)
        output.append(content.bytes)
    }
}
