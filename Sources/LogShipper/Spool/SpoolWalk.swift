/// Puts the frames that are found at start against what the checkpoint promised. Pure.
struct SpoolWalk {
    /// The first line that is not done.
    private(set) var head: SpoolMark
    /// Where the next line goes.
    private(set) var end: SpoolMark
    /// Everything before was counted as moved to the spool.
    let promised: SpoolMark
    private(set) var gaps: SpoolGaps
    /// What was promised and is not there.
    private(set) var lost = SpoolAmount.zero
    /// Whether there is more than was promised.
    private(set) var hasUnpromised = false
    private var isStarted: Bool
    private var lastEnd = SpoolMark.zero

    init(_ head: SpoolHead?) {
        self.head = head?.head ?? .zero
        end = head?.head ?? .zero
        promised = head?.end ?? .zero
        gaps = SpoolGaps(head?.gaps ?? [])
        isStarted = head != nil
    }

    /// Takes the next frame; false for one that cannot stand where it does.
    mutating func find(_ frame: FrameHeader) -> Bool {
        guard isPlausible(frame) else { return false }
        lastEnd = frame.end
        if !isStarted {
            isStarted = true
            (head, end) = (frame.start, frame.start)
        }
        if end < frame.start { noteHole(before: frame.start) }
        end = max(end, frame.end)
        if frame.end > promised { hasUnpromised = true }
        return true
    }

    /// A frame that no checkpoint promised and that is torn. Its numbers are not used again: should what is cut off of the
    /// file come back after a loss of power, nothing else may have them.
    mutating func discard(_ frame: FrameHeader) {
        guard isPlausible(frame) else { return }
        lastEnd = frame.end
        if !isStarted {
            isStarted = true
            (head, end) = (frame.start, frame.start)
        }
        if end < frame.end { noteHole(before: frame.end) }
    }

    private func isPlausible(_ frame: FrameHeader) -> Bool {
        frame.amount.lines > 0 && frame.start >= lastEnd && frame.start < frame.end
            && frame.end.bytes >= frame.start.bytes
    }

    mutating func finish() {
        if end < promised { noteHole(before: promised) }
    }

    private mutating func noteHole(before mark: SpoolMark) {
        lost += gaps.amountOutside(from: end, to: min(mark, promised))
        gaps.insert(from: end, to: mark)
        end = mark
    }
}
