#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

// Hot path: `append` runs once a line. Measured by `scripts/bench shipper`.
// Invariants: `byteCount <= byteCapacity` bytes at `bytes` and `lineCount <= lineCapacity` references at `lines` are
// initialised; offsets of an open batch fit in 32 bits because a batch is closed far below 4 GiB.

/// One tenant's open batch and what of it is not acknowledged; plain memory without reference counts.
struct TenantSlot {
    private(set) var bytes: UnsafeMutableRawPointer?
    private(set) var byteCount = 0
    private var byteCapacity = 0
    private(set) var lines: UnsafeMutablePointer<LineRef>?
    private(set) var lineCount = 0
    private var lineCapacity = 0
    /// Monotonic time of the open batch's first line.
    private(set) var openedNanos: Int64 = 0
    /// Bytes of this tenant's lines in open and closed batches that are not settled yet.
    var unackedBytes = 0
    /// How many reasons there are at the moment not to take this tenant's lines.
    var obstacles = 0
    /// The sender was asked to give back what it has queued for this tenant and has not answered.
    var isGivingBack = false
    /// Where the tenant stands in the list of open batches.
    var openIndex = 0
    /// Lines counted since the metrics were last brought up to date.
    var uncountedLines = 0

    struct Content {
        var bytes: UnsafeMutableRawPointer?
        var byteCount: Int
        var lines: UnsafeMutablePointer<LineRef>?
        var lineCount: Int
    }

    /// Appends a line and its line feed.
    @inline(__always)
    mutating func append(
        _ line: UnsafeRawPointer, _ count: Int, file: FileSerial, fileOffset: Int64, nowNanos: Int64
    ) {
        if byteCapacity &- byteCount <= count { growBytes(count &+ 1) }
        if lineCount == lineCapacity { growLines() }
        if lineCount == 0 { openedNanos = nowNanos }
        let target = bytes.unsafelyUnwrapped + byteCount
        memcpy(target, line, count)
        target.storeBytes(of: 0x0a, toByteOffset: count, as: UInt8.self)
        (lines.unsafelyUnwrapped + lineCount).initialize(
            to: LineRef(fileOffset: fileOffset, start: UInt32(truncatingIfNeeded: byteCount), file: file))
        byteCount &+= count &+ 1
        lineCount &+= 1
        unackedBytes &+= count &+ 1
    }

    /// Gives the open batch away and starts an empty one.
    mutating func takeContent() -> Content {
        let content = Content(bytes: bytes, byteCount: byteCount, lines: lines, lineCount: lineCount)
        bytes = nil
        lines = nil
        (byteCount, byteCapacity, lineCount, lineCapacity) = (0, 0, 0, 0)
        return content
    }

    static func free(_ memory: UnsafeMutableRawPointer?) { systemFree(memory) }

    static func free(_ memory: UnsafeMutablePointer<LineRef>?) { systemFree(memory) }

    private mutating func growBytes(_ extra: Int) {
        let wanted = max(4096, max(byteCapacity * 2, byteCount + extra))
        guard let larger = realloc(bytes, wanted) else { preconditionFailure("out of memory") }
        bytes = larger
        byteCapacity = wanted
    }

    private mutating func growLines() {
        let wanted = max(16, lineCapacity * 2)
        guard let larger = realloc(lines, wanted * MemoryLayout<LineRef>.stride) else {
            preconditionFailure("out of memory")
        }
        lines = larger.bindMemory(to: LineRef.self, capacity: wanted)
        lineCapacity = wanted
    }
}
