/// The evaluations of one group within a stretch of a run's steps.
struct RangeTimes {
    /// The first evaluation's step of the run.
    let firstStep: Int
    /// The group is evaluated at every n-th step.
    let every: Int
    /// When each evaluation takes place, milliseconds since the epoch.
    let evaluated: [Int64]
    /// The times of the samples it reads and writes, earlier by the group's query offset.
    let written: [Int64]
    /// Milliseconds between two evaluations.
    let distanceMillis: Int64

    /// Nil when no evaluation falls into the chunk.
    init?(_ chunk: ClosedRange<Int>, every: Int, offsetMillis: Int64, schedule: RunSchedule) {
        firstStep = (chunk.lowerBound + every - 1) / every * every
        guard firstStep <= chunk.upperBound else { return nil }
        self.every = every
        evaluated = stride(from: firstStep, through: chunk.upperBound, by: every).map { schedule.time($0) }
        written = offsetMillis == 0 ? evaluated : evaluated.map { $0.subtractingClamped(offsetMillis) }
        distanceMillis = schedule.stepMillis * Int64(every)
    }

    var count: Int { evaluated.count }

    /// The last evaluation at or before a step; -1 when that lies before all of these.
    func index(atOrBefore step: Int) -> Int {
        step < firstStep ? -1 : min((step - firstStep) / every, count - 1)
    }
}
