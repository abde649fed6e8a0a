/// The evaluation times of a query or of a part of it.
struct StepGrid: Hashable, Sendable {
    let start: Int64
    let step: Int64
    let count: Int

    func time(_ index: Int) -> Int64 { start + Int64(index) * step }
    var end: Int64 { time(count - 1) }

    /// The same start alone, for what doesn't depend on time.
    var single: StepGrid { StepGrid(start: start, step: step, count: 1) }

    /// Times farther away than this hold no samples; within it sums of times can't overflow.
    static let farthestMillis: Int64 = 4_000_000_000_000_000

    static func clamped(_ millis: Int64) -> Int64 { max(-farthestMillis, min(farthestMillis, millis)) }
}
