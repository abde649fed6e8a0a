/// Lines on their way to the output: all of a batch, or what a bisection or an answer for each line has left of it.
struct Unit {
    var batch: Batch
    var lines: LineRanges
    /// Where it stands among its tenant's units: numbers of batches tell only when they were made, and what comes out of a
    /// spool is made late.
    var turn: UInt64 = 0

    init(batch: Batch, lines: LineRanges) {
        self.batch = batch
        self.lines = lines
    }

    /// All lines of a batch.
    init(whole batch: Batch) {
        self.init(batch: batch, lines: LineRanges(0..<batch.lineCount))
    }

    var lineCount: Int { lines.count }
    /// The bytes of the lines with their line feeds.
    var byteCount: Int { batch.byteCount(of: lines) }
    var isWhole: Bool { lines.single == 0..<batch.lineCount }

    /// A part of it, in its place.
    func part(_ lines: LineRanges) -> Unit {
        var part = self
        part.lines = lines
        return part
    }

    /// Whether it comes before another one of its tenant.
    func precedes(_ other: Unit) -> Bool {
        turn != other.turn ? turn < other.turn : lines.first ?? 0 < other.lines.first ?? 0
    }

    /// Calls `body` with each line's number in the batch and its bytes, without the line feed, in order.
    @inline(__always)
    func forEachLine(_ body: (Int, UnsafeRawBufferPointer) -> Void) {
        lines.forEach { body($0, batch.line($0)) }
    }
}
