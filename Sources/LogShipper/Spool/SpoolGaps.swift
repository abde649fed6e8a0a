/// The ranges of a tenant's spool that are not to be delivered although what is before them is: dropped to make room, lost
/// to damage, or never finished by a write that failed. Disjoint and in order.
struct SpoolGaps: Equatable, Sendable {
    struct Gap: Equatable, Sendable {
        var start: SpoolMark
        var end: SpoolMark
    }

    private(set) var all: [Gap] = []

    init() {}

    /// Gaps in any order; ones that touch become one, empty ones are left out.
    init(_ gaps: [Gap]) {
        for gap in gaps { insert(from: gap.start, to: gap.end) }
    }

    mutating func insert(from start: SpoolMark, to end: SpoolMark) {
        guard start < end else { return }
        var new = Gap(start: start, end: end)
        var others: [Gap] = []
        for gap in all {
            if gap.end < new.start || new.end < gap.start {
                others.append(gap)
            } else {
                new = Gap(start: min(new.start, gap.start), end: max(new.end, gap.end))
            }
        }
        others.append(new)
        all = others.sorted { $0.start < $1.start }
    }

    /// The first place at or behind `mark` that is in no gap.
    func skip(_ mark: SpoolMark) -> SpoolMark {
        var mark = mark
        for gap in all where gap.start <= mark && mark < gap.end { mark = gap.end }
        return mark
    }

    /// Forgets what is before the head.
    mutating func forget(before head: SpoolMark) {
        all.removeAll { $0.end <= head }
    }

    /// How much of a range is in no gap.
    func amountOutside(from start: SpoolMark, to end: SpoolMark) -> SpoolAmount {
        var amount = SpoolAmount(from: start, to: end)
        for gap in all { amount -= SpoolAmount(from: max(start, gap.start), to: min(end, gap.end)) }
        return amount
    }
}
