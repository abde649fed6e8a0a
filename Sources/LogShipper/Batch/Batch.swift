/// Lines of one tenant in the order they were read, closed and immutable.
///
/// The bytes are the lines, each followed by a line feed, whatever ended it in the file.
final class Batch: @unchecked Sendable {
    let id: UInt64
    let tenant: TenantID
    let tenantName: String
    /// Wall time when the batch was closed: the timestamp of lines that have none.
    let closedWallNanos: Int64
    private var content: BatchContent
    private let pool: ChunkPool

    /// Takes over the content, whose memory is from `pool`.
    init(
        id: UInt64, tenant: TenantID, tenantName: String, content: BatchContent, pool: ChunkPool, closedWallNanos: Int64
    ) {
        self.id = id
        self.tenant = tenant
        self.tenantName = tenantName
        self.closedWallNanos = closedWallNanos
        self.content = content
        self.pool = pool
        self.content.seal()
    }

    deinit {
        content.free(pool)
    }

    var lineCount: Int { content.lineCount }
    /// The bytes of all lines, with their line feeds.
    var byteCount: Int { content.byteCount }
    /// Whether all lines are known to have no byte above 0x7f.
    var isASCII: Bool { content.isASCII }
    /// Where each line came from.
    var lines: UnsafeBufferPointer<LineRef> { UnsafeBufferPointer(start: content.lines, count: content.lineCount) }

    /// One line without its line feed.
    @inline(__always)
    func line(_ index: Int) -> UnsafeRawBufferPointer { content.line(index) }

    /// Calls `body` with the bytes of some lines and their line feeds, piece by piece.
    func forEachPart(of range: Range<Int>, _ body: (UnsafeRawBufferPointer) -> Void) {
        content.forEachPart(of: range, body)
    }

    func byteCount(of range: Range<Int>) -> Int { content.byteCount(of: range) }

    func byteCount(of lines: LineRanges) -> Int { lines.ranges.reduce(0) { $0 + content.byteCount(of: $1) } }

    /// Calls `body` with each file's first offset among the lines from `first` on. A file may come more than once; its
    /// lowest offset is among them.
    func forEachSource(from first: Int, _ body: (FileSerial, Int64) -> Void) {
        let lines = lines
        var last: FileSerial?
        for index in first..<max(first, lines.count) where lines[index].file != last {
            last = lines[index].file
            body(lines[index].file, lines[index].fileOffset)
        }
    }
}
