/// What a sink did so far. Read at any time from any thread; the numbers belong together only when the sink rests.
public struct LogCounters: Sendable, Equatable {
    /// Lines offered: written + dropped + still in a ring.
    public var offeredLines = 0
    /// Whole lines in the file.
    public var writtenLines = 0
    /// Bytes in the file.
    public var writtenBytes = 0
    /// Lines dropped, by reason; every reason is present.
    public var droppedLines: [DropReason: Int] = [:]
    /// Failed attempts to open or write.
    public var fileErrors = 0
    /// How often the file was opened again after the start.
    public var reopens = 0

    /// All dropped lines.
    public var droppedTotal: Int { droppedLines.values.reduce(0, +) }
}
