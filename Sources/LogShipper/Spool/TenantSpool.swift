/// One tenant's spool: its segments, how far it is written, read and done. The store does the I/O around it.
///
/// `head <= cursor.mark <= durable <= next`, but for a cursor that damage or a drop has not moved yet. Lines between `head`
/// and `next` that are in no gap are pending.
final class TenantSpool {
    let tenant: String
    let directory: String
    let incarnation: UInt64
    /// In order of their numbers.
    var segments: [SpoolSegment] = []
    var nextNumber: UInt64 = 1
    /// Whether the last segment may take more frames.
    var isLastWritable = false
    /// The number of the next frame in the last segment. A number that was tried is not tried again.
    var nextFrame: UInt32 = 0
    /// Descriptors of segments that were written to since the last sync, by number.
    var unsynced: [UInt64: Int32] = [:]
    /// Files without frames that could not be removed yet.
    var stale: Set<UInt64> = []
    /// A segment was created, or removed, since the directory was last synced.
    var isDirectoryUnsynced = false
    /// The directory was made and its parent not synced since.
    var isNew: Bool

    /// Where the next line goes.
    var next: SpoolMark
    /// Everything before survives a loss of power, or is in a gap.
    var durable: SpoolMark
    /// Everything before is done.
    var head: SpoolMark
    var gaps = SpoolGaps()
    /// The next frame that is handed out.
    var cursor: SpoolPosition

    /// What the last `heads()` said; true on the disk once its checkpoint is.
    var offered: SpoolHead?

    init(tenant: String, directory: String, incarnation: UInt64, start: SpoolMark, isNew: Bool) {
        self.tenant = tenant
        self.directory = directory
        self.incarnation = incarnation
        self.isNew = isNew
        next = start
        durable = start
        head = start
        cursor = SpoolPosition(segment: 0, offset: 0, mark: start)
    }

    var diskBytes: Int64 { segments.reduce(0) { $0 + $1.size } }

    /// What was written and is not done.
    var pending: SpoolAmount { gaps.amountOutside(from: head, to: next) }

    /// Whether nothing is there and nothing will come back.
    var isIdle: Bool { segments.isEmpty && unsynced.isEmpty && stale.isEmpty && pending.lines == 0 }

    /// Whether something that survives a loss of power was not handed out yet.
    var hasUnread: Bool { gaps.skip(max(head, cursor.mark)) < durable }

    func path(_ number: UInt64) -> String { SpoolSegment.path(directory, number) }

    var headForCheckpoint: SpoolHead {
        SpoolHead(incarnation: incarnation, head: head, end: durable, gaps: gaps.all)
    }

    func acknowledge(to mark: SpoolMark) {
        moveHead(to: max(head, min(mark, durable)))
    }

    private func moveHead(to mark: SpoolMark) {
        head = gaps.skip(mark)
        gaps.forget(before: head)
    }

    /// Counts what of a range is in no gap yet as one that will not be delivered.
    func giveUp(from start: SpoolMark, to end: SpoolMark) -> SpoolAmount {
        let amount = gaps.amountOutside(from: max(start, head), to: end)
        gaps.insert(from: max(start, head), to: end)
        moveHead(to: head)
        return amount
    }

    /// Everything since the last sync may be missing after a crash: its numbers become a gap, and what of it can be cut off
    /// is. Returns the files that have to be cut or, where nothing of them is left, removed.
    func abandonUnsynced() -> [(number: UInt64, size: Int64)] {
        gaps.insert(from: durable, to: next)
        durable = next
        moveHead(to: head)
        isLastWritable = false
        var cuts: [(number: UInt64, size: Int64)] = []
        for index in segments.indices where segments[index].durableSize < segments[index].size {
            segments[index].size = segments[index].durableSize
            segments[index].end = segments[index].durableEnd
            cuts.append((segments[index].number, segments[index].size))
        }
        segments.removeAll { $0.size == 0 }
        return cuts
    }

    /// Everything that was written survives now.
    func noteSynced() {
        for index in segments.indices {
            segments[index].durableSize = segments[index].size
            segments[index].durableEnd = segments[index].end
        }
        durable = next
        isDirectoryUnsynced = false
        isNew = false
    }

    /// Segments that the checkpoint which `heads()` was asked for does not need.
    func removableSegments() -> [SpoolSegment] {
        guard let offered else { return [] }
        let gaps = SpoolGaps(offered.gaps)
        return segments.filter { segment in
            segment.end <= offered.end && segment.size == segment.durableSize && unsynced[segment.number] == nil
                && gaps.amountOutside(from: max(segment.start, offered.head), to: segment.end).lines == 0
        }
    }

    func forget(_ number: UInt64) {
        if segments.last?.number == number { isLastWritable = false }
        segments.removeAll { $0.number == number }
        isDirectoryUnsynced = true
    }

    /// The oldest whole segment of which nothing was handed out.
    func oldestUnread() -> SpoolSegment? {
        let from = max(head, cursor.mark)
        return segments.first { segment in
            segment.start >= from && segment.end <= durable
                && gaps.amountOutside(from: segment.start, to: segment.end).lines > 0
        }
    }

    /// States what always holds; returns what does not, for tests.
    func brokenInvariant() -> String? {
        let isOrdered = zip(segments, segments.dropFirst()).allSatisfy { $0.number < $1.number && $0.end <= $1.start }
        let areDurablePartsInside = segments.allSatisfy { $0.durableSize <= $0.size && $0.durableEnd <= $0.end }
        let rules: [(String, Bool)] = [
            ("segments are in order", isOrdered),
            ("numbers are not used twice", segments.allSatisfy { $0.number < nextNumber }),
            ("what is durable was written", areDurablePartsInside && durable <= next),
            ("what is done is durable", head <= durable),
            ("the head is in no gap", gaps.skip(head) == head),
            ("gaps are ahead of it", gaps.all.allSatisfy { $0.start < $0.end && head < $0.end }),
        ]
        return rules.first { !$0.1 }?.0
    }
}

/// The place of a frame: in its file and among all lines.
struct SpoolPosition: Equatable, Sendable {
    var segment: UInt64
    /// 0 stands for the first frame.
    var offset: Int64
    var mark: SpoolMark

    mutating func move(to segment: UInt64) { (self.segment, offset) = (segment, 0) }
}
