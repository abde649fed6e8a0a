/// Lines of one tenant in the order they were read, closed and immutable.
///
/// The bytes are the lines, each followed by a line feed, whatever ended it in the file.
final class Batch: @unchecked Sendable {
    let id: UInt64
    let tenant: TenantID
    let tenantName: String
    let bytes: UnsafeRawBufferPointer
    let lines: UnsafeBufferPointer<LineRef>
    /// Wall time when the batch was closed: the timestamp of lines that have none.
    let closedWallNanos: Int64

    /// Takes over the memory, which was allocated with `malloc` by `TenantSlot`.
    init(id: UInt64, tenant: TenantID, tenantName: String, content: TenantSlot.Content, closedWallNanos: Int64) {
        self.id = id
        self.tenant = tenant
        self.tenantName = tenantName
        self.closedWallNanos = closedWallNanos
        bytes = UnsafeRawBufferPointer(start: content.bytes, count: content.byteCount)
        lines = UnsafeBufferPointer(start: content.lines, count: content.lineCount)
    }

    deinit {
        TenantSlot.free(UnsafeMutableRawPointer(mutating: bytes.baseAddress))
        TenantSlot.free(UnsafeMutablePointer(mutating: lines.baseAddress))
    }

    var lineCount: Int { lines.count }

    /// The bytes of some lines, with their line feeds.
    func bytes(of range: Range<Int>) -> UnsafeRawBufferPointer {
        guard !range.isEmpty else { return UnsafeRawBufferPointer(start: nil, count: 0) }
        return UnsafeRawBufferPointer(rebasing: bytes[start(of: range.lowerBound)..<start(of: range.upperBound)])
    }

    /// One line without its line feed.
    func line(_ index: Int) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: bytes[start(of: index)..<(start(of: index + 1) - 1)])
    }

    private func start(of index: Int) -> Int {
        index < lines.count ? Int(lines[index].start) : bytes.count
    }

    /// Calls `body` with each file's first offset among the lines from `first` on. A file may come more than once; its
    /// lowest offset is among them.
    func forEachSource(from first: Int, _ body: (FileSerial, Int64) -> Void) {
        var last: FileSerial?
        for index in first..<max(first, lines.count) where lines[index].file != last {
            last = lines[index].file
            body(lines[index].file, lines[index].fileOffset)
        }
    }
}
